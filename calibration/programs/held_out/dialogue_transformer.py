import argparse
import random

import torch
import torch.nn as nn

from neural_trainer.live.monitor import Monitor

NOUNS = "printer laptop router screen keyboard account password invoice".split()
FAULTS = "is broken|will not start|was blocked|keeps blinking|has expired".split("|")
ANSWERS = "please restart it|we will send a new one|try again tomorrow|call us now".split("|")


def dialogues(n, rng):
    out = []
    for _ in range(n):
        noun = rng.choice(NOUNS)
        out.append(f"q: my {noun} {rng.choice(FAULTS)}. a: {rng.choice(ANSWERS)}.\n")
    return "".join(out)


class Transformer(nn.Module):
    def __init__(self, vocab, block, dim=48, heads=4, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim)
        self.positions = nn.Embedding(block, dim)
        layer = nn.TransformerEncoderLayer(
            dim, heads, dim_feedforward=4 * dim, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab)

    def forward(self, x):
        length = x.size(1)
        h = self.tokens(x) + self.positions(torch.arange(length))
        h = self.encoder(h)
        return self.head(self.norm(h))


def get_batch(data, block, size):
    i = torch.randint(len(data) - block - 1, (size,))
    x = torch.stack([data[j : j + block] for j in i])
    y = torch.stack([data[j + 1 : j + block + 1] for j in i])
    return x, y


@torch.no_grad()
def continuation_accuracy(model, data, block, n=800):
    """How often the character after a window is guessed."""
    model.eval()
    starts = torch.linspace(0, len(data) - block - 2, n).long()
    x = torch.stack([data[s : s + block] for s in starts])
    guess = torch.cat([model(part)[:, -1].argmax(-1) for part in x.split(200)])
    return (guess == data[starts + block]).float().mean().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    args = ap.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    text = dialogues(1500, random.Random(args.seed))
    vocab = sorted(set(text))
    data = torch.tensor([vocab.index(c) for c in text])
    split = int(0.9 * len(data))
    train, val = data[:split], data[split:]
    block, batch_size, steps, warmup = 32, 16, 400, 40

    model = Transformer(len(vocab), block)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / warmup))
    criterion = nn.CrossEntropyLoss()
    config = {"lr": 2e-3, "batch_size": batch_size, "block": block, "warmup": warmup}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(steps):
        model.train()
        x, y = get_batch(train, block, batch_size)
        logits = model(x)
        loss = criterion(logits.reshape(-1, len(vocab)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        monitor.step(loss)
        if (step + 1) % 50 == 0:
            model.eval()
            with torch.no_grad():
                x, y = get_batch(val, block, 64)
                val_loss = criterion(model(x).reshape(-1, len(vocab)), y.reshape(-1))
            monitor.evaluate(loss=val_loss.item())
    monitor.close()
    print(f"score: {continuation_accuracy(model, val, block):.4f}")


if __name__ == "__main__":
    main()
