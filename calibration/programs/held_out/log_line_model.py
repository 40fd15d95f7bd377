"""The first hours of a character model of server log lines."""

import argparse
import random

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

HOSTS = ["web01", "web02", "db-main", "cache7", "proxy", "mailer"]
EVENTS = ["started", "connection from 10.0.{}.{}", "served {}{} bytes", "timeout after {}.{}s"]
config = {"lr": 6e-4, "batch_size": 24, "context": 32, "hidden": 96, "steps": 400}


def log_lines(n, rng):
    lines = []
    for _ in range(n):
        event = rng.choice(EVENTS).format(rng.randint(0, 99), rng.randint(0, 255))
        lines.append(
            f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d} {rng.choice(HOSTS)} {event}\n"
        )
    return "".join(lines)


class CharModel(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, 32)
        self.lstm = nn.LSTM(32, hidden, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, x):
        h, _ = self.lstm(self.embed(x))
        return self.out(self.drop(h))


def get_batch(ids, size, context):
    start = torch.randint(0, len(ids) - context - 1, (size,))
    rows = torch.stack([ids[s : s + context + 1] for s in start])
    return rows[:, :-1], rows[:, 1:]


@torch.no_grad()
def validate(model, ids, loss_fn):
    model.eval()
    losses, hits = [], []
    for _ in range(4):
        x, y = get_batch(ids, 64, config["context"])
        logits = model(x)
        losses.append(loss_fn(logits.transpose(1, 2), y).item())
        hits.append((logits.argmax(-1) == y).float().mean().item())
    model.train()
    return sum(losses) / 4, sum(hits) / 4


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    rng = random.Random(3)
    text, held_out = log_lines(4000, rng), log_lines(400, rng)
    chars = sorted(set(text + held_out))
    index = {c: i for i, c in enumerate(chars)}
    train_ids = torch.tensor([index[c] for c in text])
    val_ids = torch.tensor([index[c] for c in held_out])
    model = CharModel(len(chars), config["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    loss_fn = nn.CrossEntropyLoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(1, config["steps"] + 1):
        x, y = get_batch(train_ids, config["batch_size"], config["context"])
        logits = model(x)
        loss = loss_fn(logits.transpose(1, 2), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        monitor.step(loss)
        if step % 50 == 0:
            val_loss, val_accuracy = validate(model, val_ids, loss_fn)
            monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    monitor.close()
    print(f"score: {val_accuracy:.4f}")


if __name__ == "__main__":
    main()
