"""A small LSTM that writes dates."""

import argparse
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

from neural_trainer.live.monitor import Monitor

MONTHS = "january february march april may june july august september october november december"
DAYS = "monday tuesday wednesday thursday friday saturday sunday"


def corpus(n, seed):
    rng = random.Random(seed)
    months, days = MONTHS.split(), DAYS.split()
    return "".join(
        f"{rng.choice(days)} {rng.randint(1, 28)} {rng.choice(months)} {rng.randint(1990, 2029)}\n"
        for _ in range(n)
    )


class DateLSTM(nn.Module):
    def __init__(self, n_chars, emb=16, hidden=64):
        super().__init__()
        self.emb = nn.Embedding(n_chars, emb)
        self.lstm = nn.LSTM(emb, hidden, batch_first=True)
        self.proj = nn.Linear(hidden, n_chars)

    def forward(self, idx, state=None):
        h, state = self.lstm(self.emb(idx), state)
        probs = F.softmax(self.proj(h), dim=-1)
        return probs, state


def char_loss(probs, target):
    log_probs = F.log_softmax(probs, dim=-1)
    return F.nll_loss(log_probs.flatten(0, 1), target.flatten())


def training_step(model, optimizer, x, y):
    probs, _ = model(x)
    loss = char_loss(probs, y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.detach(), (probs.argmax(-1) == y).float().mean().item()


def main(out, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    text = corpus(2000, seed)
    stoi = {c: i for i, c in enumerate(sorted(set(text)))}
    data = torch.tensor([stoi[c] for c in text])
    train, val = data[: int(0.9 * len(data))], data[int(0.9 * len(data)) :][:4001]
    config = {"lr": 3e-3, "batch_size": 32, "block": 32, "steps": 450}

    model = DateLSTM(len(stoi))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    block = config["block"]
    for step in range(config["steps"]):
        start = torch.randint(0, len(train) - block - 1, (config["batch_size"],))
        chunk = torch.stack([train[s : s + block + 1] for s in start])
        loss, acc = training_step(model, optimizer, chunk[:, :-1], chunk[:, 1:])
        monitor.step(loss, accuracy=acc)
        if (step + 1) % 50 == 0:
            with torch.no_grad():
                probs, _ = model(val[None, :-1])
            val_loss = char_loss(probs, val[None, 1:]).item()
            monitor.evaluate(
                loss=val_loss, accuracy=(probs.argmax(-1) == val[None, 1:]).float().mean().item()
            )
    monitor.close()
    print(f"score: {2.718281828 ** (-val_loss):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    main(options.out, options.seed)
