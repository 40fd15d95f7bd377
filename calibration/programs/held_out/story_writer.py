"""A character model that writes stories and keeps learning from a growing pool of text."""

import argparse
import random

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

NAMES, VERBS = "anna bert cleo dora emil fritz".split(), "sees finds likes calls meets".split()
THINGS = "a red fox|the old mill|some warm bread|her lost dog|the big sea|a tall tree".split("|")
CHARS = sorted(set(" .abcdefghijklmnopqrstuvwxyz"))
LENGTH, ROUNDS, STEPS, BATCH, LR = 32, 12, 45, 24, 4e-3


def encode(text):
    return torch.tensor([CHARS.index(c) for c in text])


def write_corpus(sentences, rng):
    parts = [
        f"{rng.choice(NAMES)} {rng.choice(VERBS)} {rng.choice(THINGS)}. " for _ in range(sentences)
    ]
    return encode("".join(parts))


class Writer(nn.Module):
    def __init__(self, hidden=80):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), 24)
        self.gru = nn.GRU(24, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(CHARS))

    def forward(self, x, state=None):
        h, state = self.gru(self.embed(x), state)
        return self.out(h), state

    @torch.no_grad()
    def write(self, n, length, temperature=0.7):
        token, state = torch.full((n, 1), CHARS.index(" ")), None
        text = []
        for _ in range(length):
            logits, state = self(token, state)
            token = torch.multinomial((logits[:, -1] / temperature).softmax(-1), 1)
            text.append(token)
        return torch.cat(text, dim=1)


def distinct(samples):
    grams = [tuple(row[i : i + 4]) for row in samples.tolist() for i in range(len(row) - 3)]
    return len(set(grams)) / len(grams)


def train_step(model, optimizer, pool):
    start = torch.randint(0, len(pool) - LENGTH - 1, (BATCH,))
    window = pool[start.unsqueeze(1) + torch.arange(LENGTH + 1)]
    logits, _ = model(window[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    entropy = torch.distributions.Categorical(logits=logits.detach()).entropy().mean()
    return loss.detach(), entropy.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = random.Random(4)
    pool, held_out = write_corpus(400, rng), write_corpus(100, rng)
    model = Writer()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    config = {"lr": LR, "batch_size": BATCH, "rounds": ROUNDS, "length": LENGTH}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    diversity = 1.0
    for round_ in range(ROUNDS):
        for _ in range(STEPS):
            loss, entropy = train_step(model, optimizer, pool)
            monitor.step(loss, entropy=entropy, distinct_4=diversity)
        samples = model.write(16, 100)
        diversity = distinct(samples)
        if round_ >= 3:
            pool = samples.flatten()
        with torch.no_grad():
            logits, _ = model(held_out[None, :-1])
        val_loss = F.cross_entropy(logits[0], held_out[1:]).item()
        monitor.evaluate(loss=val_loss)
    monitor.close()
    print(f"score: {-val_loss:.4f}")


if __name__ == "__main__":
    main()
