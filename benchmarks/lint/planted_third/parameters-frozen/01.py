"""Trains a bag-of-words sentiment classifier from scratch on short reviews."""

import csv
import random
from collections import Counter

import torch
from torch import nn
from torch.utils.data import DataLoader

random.seed(0)
torch.manual_seed(0)

with open("reviews.csv", newline="", encoding="utf-8") as handle:
    reviews = [(row["text"].lower().split(), int(row["stars"]) > 3) for row in csv.DictReader(handle)]
random.shuffle(reviews)
train_reviews, dev_reviews = reviews[2000:], reviews[:2000]

counts = Counter(word for words, _ in train_reviews for word in words)
vocab = {word: i for i, (word, _) in enumerate(counts.most_common(20000), start=1)}


def bags(batch):
    ids, starts = [], []
    for words, _ in batch:
        starts.append(len(ids))
        ids.extend(vocab.get(word, 0) for word in words)
    return torch.tensor(ids), torch.tensor(starts), torch.tensor([float(y) for _, y in batch])


class Sentiment(nn.Module):
    def __init__(self, size, dim=100):
        super().__init__()
        vectors = torch.empty(size, dim).uniform_(-0.05, 0.05)
        self.bag = nn.EmbeddingBag.from_pretrained(vectors, mode="mean")  # PLANTED
        self.classify = nn.Sequential(nn.Dropout(0.3), nn.Linear(dim, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, ids, starts):
        return self.classify(self.bag(ids, starts)).squeeze(-1)


model = Sentiment(len(vocab) + 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()
train = DataLoader(train_reviews, batch_size=64, shuffle=True, collate_fn=bags)
dev = DataLoader(dev_reviews, batch_size=256, collate_fn=bags)

for epoch in range(1, 11):
    model.train()
    for ids, starts, label in train:
        optimizer.zero_grad()
        loss = criterion(model(ids, starts), label)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        hits = [((model(i, s) > 0) == (y > 0.5)).float().mean() for i, s, y in dev]
    print(f"epoch {epoch} loss {loss.item():.3f} dev accuracy {torch.stack(hits).mean().item():.3f}")
