"""Topic of a headline from its words."""

import argparse
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


@dataclass
class Settings:
    vocab: int = 200
    topics: int = 6
    words: int = 14
    dim: int = 24
    dropout: float = 0.2
    lr: float = 1.5e-3
    weight_decay: float = 0.1
    batch_size: int = 100
    epochs: int = 12


def headlines(n, s, rng, word_probs):
    topic = rng.integers(0, s.topics, n)
    words = np.stack([rng.choice(s.vocab, s.words, p=word_probs[t]) for t in topic])
    return TensorDataset(torch.from_numpy(words), torch.from_numpy(topic))


class TopicModel(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.embedding = nn.Embedding(s.vocab, s.dim)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.dropout = nn.Dropout(s.dropout)
        self.classifier = nn.Linear(s.dim, s.topics)

    def forward(self, words):
        return self.classifier(self.dropout(self.embedding(words).mean(1)))


def evaluate(model, loader, criterion):
    model.eval()
    total = torch.zeros(3)
    with torch.no_grad():
        for words, topic in loader:
            out = model(words)
            hits = (out.argmax(1) == topic).sum()
            total += torch.tensor([criterion(out, topic) * len(topic), hits, len(topic)])
    return (total[0] / total[2]).item(), (total[1] / total[2]).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    s = Settings()
    logits = 0.9 * rng.normal(size=(s.topics, s.vocab))
    word_probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    train = DataLoader(headlines(4000, s, rng, word_probs), s.batch_size, shuffle=True)
    valid = DataLoader(headlines(1000, s, rng, word_probs), 500)

    model = TopicModel(s)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr, weight_decay=s.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=s.epochs)
    monitor = Monitor(args.out, model, optimizer, asdict(s), activations=True, judge=False)
    for _ in range(s.epochs):
        model.train()
        for words, topic in train:
            out = model(words)
            loss = criterion(out, topic)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == topic).float().mean().item())
        schedule.step()
        loss, accuracy = evaluate(model, valid, criterion)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
