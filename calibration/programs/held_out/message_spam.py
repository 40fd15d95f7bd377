import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

WORDS = 300


class SpamFilter(nn.Module):
    def __init__(self, dim=32, dropout=0.6):
        super().__init__()
        self.embed = nn.EmbeddingBag(WORDS, dim)
        self.drop1 = nn.Dropout(dropout)
        self.fc1 = nn.Linear(dim, 32)
        self.drop2 = nn.Dropout(dropout)
        self.fc2 = nn.Linear(32, 1)

    def forward(self, words):
        h = self.drop1(self.embed(words))
        h = self.drop2(torch.relu(self.fc1(h)))
        return self.fc2(h).squeeze(1)


def inbox(n, rng, spam_words, ham_words):
    spam = rng.random(n) < 0.4
    words = np.stack([rng.choice(WORDS, 20, p=spam_words if s else ham_words) for s in spam])
    return torch.from_numpy(words), torch.from_numpy(spam.astype(np.float32))


def train_one_epoch(model, loader, criterion, optimizer, monitor):
    model.train()
    for words, spam in loader:
        logit = model(words)
        loss = criterion(logit, spam)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=((logit > 0) == (spam > 0.5)).float().mean().item())


def evaluate(model, loader, criterion):
    loss, hits, n = 0.0, 0, 0
    with torch.no_grad():
        for words, spam in loader:
            logit = model(words)
            loss += criterion(logit, spam).item() * len(spam)
            hits += ((logit > 0) == (spam > 0.5)).sum().item()
            n += len(spam)
    return loss / n, hits / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    base = rng.normal(0, 1, WORDS)
    tilt = rng.normal(0, 0.5, WORDS)
    spam_words, ham_words = np.exp(base + tilt), np.exp(base - tilt)
    spam_words, ham_words = spam_words / spam_words.sum(), ham_words / ham_words.sum()

    train = DataLoader(
        TensorDataset(*inbox(3000, rng, spam_words, ham_words)), batch_size=64, shuffle=True
    )
    valid = DataLoader(TensorDataset(*inbox(800, rng, spam_words, ham_words)), batch_size=200)
    model = SpamFilter()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    config = {"lr": 3e-3, "batch_size": 64, "dropout": 0.6, "epochs": 9}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        train_one_epoch(model, train, criterion, optimizer, monitor)
        loss, accuracy = evaluate(model, valid, criterion)
        monitor.evaluate(loss=loss, accuracy=accuracy)
        print(f"{epoch}: valid loss {loss:.4f}, accuracy {accuracy:.4f}")
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
