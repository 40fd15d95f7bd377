import argparse
import random

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

VERBS = "chop slice peel boil fry bake whisk stir roast grill".split()
FOODS = "onion carrot potato garlic tomato pepper mushroom spinach chicken salmon".split()
TIMES = "two five ten twelve fifteen twenty".split()


def write_recipes(n, rng):
    lines = []
    for _ in range(n):
        verb, food, other = rng.choice(VERBS), rng.choice(FOODS), rng.choice(FOODS)
        lines.append(f"{verb} the {food} for {rng.choice(TIMES)} minutes then add {other}.")
    return " ".join(lines)


class EarlyStopping:
    def __init__(self, patience=2, min_delta=0.2):
        self.patience = patience
        self.min_delta = min_delta
        self.best = float("inf")
        self.bad = 0

    def update(self, value):
        if value < self.best - self.min_delta:
            self.best = value
            self.bad = 0
        else:
            self.bad += 1
        return self.bad >= self.patience


class CharGRU(nn.Module):
    def __init__(self, vocab, dim=24, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, x):
        return self.out(self.gru(self.embed(x))[0])


def batches(data, size, length):
    starts = torch.randint(len(data) - length - 1, (size,)).unsqueeze(1)
    window = data[starts + torch.arange(length + 1)]
    return window[:, :-1], window[:, 1:]


@torch.no_grad()
def held_out(model, data):
    x, y = data[:-1].view(1, -1), data[1:].view(1, -1)
    logits = model(x)
    loss = F.cross_entropy(logits.transpose(1, 2), y).item()
    return loss, (logits.argmax(-1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    text = write_recipes(1200, random.Random(args.seed))
    chars = sorted(set(text))
    data = torch.tensor([chars.index(c) for c in text])
    train, valid = data[:-1500], data[-1500:]

    config = {"lr": 5e-4, "batch_size": 16, "length": 32, "max_steps": 800}
    model = CharGRU(len(chars))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    stopper = EarlyStopping()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(1, config["max_steps"] + 1):
        x, y = batches(train, config["batch_size"], config["length"])
        loss = F.cross_entropy(model(x).transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if step % 25 == 0:
            val_loss, val_acc = held_out(model, valid)
            monitor.evaluate(loss=val_loss, accuracy=val_acc)
            if stopper.update(val_loss):
                print(f"stopping at step {step}")
                break
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
