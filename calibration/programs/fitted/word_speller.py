"""A character-level GRU that learns to spell a handful of words."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

WORDS = "river stone cloud meadow harbour lantern thistle copper winter orchard".split()
CHARS = sorted(set(" ".join(WORDS)))
INDEX = {c: i for i, c in enumerate(CHARS)}


class Speller(nn.Module):
    def __init__(self, vocab, dim=24, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocab)

    def forward(self, tokens):
        states, _ = self.rnn(self.embed(tokens))
        return self.head(states)

    def next_char(self, tokens):
        """The distribution over the next character at every position."""
        return torch.softmax(self.forward(tokens), dim=-1)


def corpus(n_words, seed):
    rng = np.random.default_rng(seed)
    text = " ".join(rng.choice(WORDS, n_words))
    return torch.tensor([INDEX[c] for c in text])


def get_batch(data, batch_size, block):
    starts = torch.randint(0, len(data) - block - 1, (batch_size,))
    x = torch.stack([data[s : s + block] for s in starts])
    y = torch.stack([data[s + 1 : s + block + 1] for s in starts])
    return x, y


def compute_loss(model, x, y):
    out = model.next_char(x)
    return F.cross_entropy(out.flatten(0, 1), y.flatten())


@torch.no_grad()
def mean_probability(model, data, block):
    x, y = get_batch(data, 200, block)
    p = torch.softmax(model(x), dim=-1)
    return p.gather(-1, y.unsqueeze(-1)).mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    hp = dict(lr=2e-3, batch_size=32, block=24, steps=220, vocab=len(CHARS))

    train, val = corpus(6000, args.seed), corpus(1000, args.seed + 1000)
    model = Speller(hp["vocab"])
    optimizer = torch.optim.Adam(model.parameters(), lr=hp["lr"])
    monitor = Monitor(args.out, model, optimizer, hp, activations=True, judge=False)
    for step in range(hp["steps"]):
        x, y = get_batch(train, hp["batch_size"], hp["block"])
        loss = compute_loss(model, x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if step % 50 == 49:
            with torch.no_grad():
                val_loss = compute_loss(model, *get_batch(val, 100, hp["block"])).item()
            monitor.evaluate(loss=val_loss)
            print(f"step {step + 1} val loss {val_loss:.3f}")
    monitor.close()
    print(f"score: {mean_probability(model, val, hp['block']):.4f}")


if __name__ == "__main__":
    main()
