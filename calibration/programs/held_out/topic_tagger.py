"""Assign one of ten topics to short documents given as bags of words."""

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor

VOCAB, TOPICS, WORDS = 500, 10, 30
HYPER = dict(lr=2e-3, batch_size=50, epochs=12)
WEIGHT_DECAY = 30.0


def make_documents(n, seed):
    rng = np.random.default_rng(11)
    word_probs = rng.dirichlet(np.full(VOCAB, 0.15), size=TOPICS)
    common = rng.dirichlet(np.full(VOCAB, 0.5))
    word_probs = 0.3 * word_probs + 0.7 * common
    rng = np.random.default_rng(seed)
    topics = rng.integers(0, TOPICS, n)
    docs = np.stack([rng.choice(VOCAB, WORDS, p=word_probs[t]) for t in topics])
    return torch.tensor(docs), torch.tensor(topics)


class Tagger(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.words = nn.EmbeddingBag(VOCAB, dim, mode="mean")
        self.hidden = nn.Linear(dim, dim)
        self.head = nn.Linear(dim, TOPICS)

    def forward(self, docs):
        return self.head(F.relu(self.hidden(self.words(docs))))


def accuracy_of(logits, topics):
    return (logits.argmax(dim=-1) == topics).float().mean().item()


def run_epoch(model, optimizer, docs, topics, monitor):
    model.train()
    for rows in torch.randperm(len(docs)).split(HYPER["batch_size"]):
        logits = model(docs[rows])
        loss = F.cross_entropy(logits, topics[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=accuracy_of(logits, topics[rows]))


@torch.no_grad()
def check(model, docs, topics):
    model.eval()
    logits = model(docs)
    return F.cross_entropy(logits, topics).item(), accuracy_of(logits, topics)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    opts = ap.parse_args()
    torch.manual_seed(opts.seed)
    torch.set_num_threads(1)

    docs, topics = make_documents(2000, seed=1)
    held_docs, held_topics = make_documents(500, seed=2)
    model = Tagger()
    optimizer = torch.optim.AdamW(model.parameters(), lr=HYPER["lr"], weight_decay=WEIGHT_DECAY)
    monitor = Monitor(opts.out, model, optimizer, HYPER, activations=True, judge=False)
    for _ in range(HYPER["epochs"]):
        run_epoch(model, optimizer, docs, topics, monitor)
        loss, accuracy = check(model, held_docs, held_topics)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")
