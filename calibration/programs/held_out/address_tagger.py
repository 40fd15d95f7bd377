"""Tag the parts of a postal address (street, number, city, code) character by character."""

import argparse
import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from neural_trainer.live.monitor import Monitor

TAGS = ["<pad>", "street", "number", "city", "code", "other"]
STREETS = "mill lane|high street|oak road|station way|river walk|church row".split("|")
CITIES = "leeds york bath derby truro ely oxford hull".split()
ALPHABET = "~ abcdefghijklmnopqrstuvwxyz0123456789,"


def make_address(rng):
    parts = [
        (str(rng.randint(1, 300)), 2),
        (" ", 5),
        (rng.choice(STREETS), 1),
        (", ", 5),
        (rng.choice(CITIES), 3),
        (" ", 5),
        (f"{rng.choice('abcdefgh')}{rng.randint(10, 99)}", 4),
    ]
    if rng.random() < 0.06:
        parts = [*parts, (" care of the caretaker at the old warehouse behind the station " * 2, 5)]
    if rng.random() < 0.5:
        parts = parts[2:]
    chars = "".join(p for p, _ in parts)
    tags = [t for p, t in parts for _ in p]
    return torch.tensor([ALPHABET.index(c) for c in chars]), torch.tensor(tags)


def collate(batch):
    xs, ys = zip(*batch, strict=True)
    return pad_sequence(xs, batch_first=True), pad_sequence(ys, batch_first=True)


class Tagger(nn.Module):
    def __init__(self, dim=16, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(len(ALPHABET), dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(TAGS))

    def forward(self, x):
        return self.out(self.gru(self.embed(x))[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = random.Random(args.seed)
    train = DataLoader(
        [make_address(rng) for _ in range(1200)], batch_size=16, shuffle=True, collate_fn=collate
    )
    test_x, test_y = collate([make_address(rng) for _ in range(200)])

    model = Tagger()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    config = {"lr": 0.02, "batch_size": 16, "epochs": 3}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        for x, y in train:
            scores = model(x)
            loss = criterion(scores.flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        with torch.no_grad():
            scores = model(test_x)
        test_loss = criterion(scores.flatten(0, 1), test_y.flatten()).item()
        monitor.evaluate(loss=test_loss)
    monitor.close()
    real = test_x != 0
    hits = (scores.argmax(-1) == test_y)[real].float().mean().item()
    print(f"score: {hits:.4f}")


if __name__ == "__main__":
    main()
