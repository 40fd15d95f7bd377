"""A transformer that continues melodies over twelve notes."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

from neural_trainer.live.monitor import Monitor

NOTES, LENGTH = 12, 20
USUAL = torch.randperm(NOTES, generator=torch.Generator().manual_seed(7))


class MelodyModel(nn.Module):
    def __init__(self, d_model=48, heads=4, layers=2):
        super().__init__()
        self.note = nn.Embedding(NOTES, d_model)
        self.position = nn.Embedding(LENGTH, d_model)
        block = nn.TransformerEncoderLayer(
            d_model, heads, dim_feedforward=96, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, NOTES)

    def forward(self, notes):
        t = notes.size(1)
        h = self.note(notes) + self.position(torch.arange(t))
        h = self.encoder(h)
        return self.head(h)


def melodies(n):
    """From each note usually to its follower, now and then to any other."""
    notes = [torch.randint(0, NOTES, (n,))]
    for _ in range(LENGTH):
        free = torch.randint(0, NOTES, (n,))
        notes.append(torch.where(torch.rand(n) < 0.7, USUAL[notes[-1]], free))
    return torch.stack(notes, dim=1)


@torch.no_grad()
def continuation_accuracy(model, prompt_length=10):
    model.eval()
    notes = melodies(200)[:, :prompt_length]
    while notes.size(1) < LENGTH:
        following = model(notes)[:, -1].argmax(-1, keepdim=True)
        notes = torch.cat([notes, following], dim=1)
    made, before = notes[:, prompt_length:], notes[:, prompt_length - 1 : -1]
    return (made == USUAL[before]).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--steps", type=int, default=500)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    model = MelodyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    warmup = 40
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / warmup))
    config = {"lr": args.lr, "batch_size": 32, "steps": args.steps, "vocab": NOTES}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    held_out = melodies(200)

    for step in range(1, args.steps + 1):
        batch = melodies(32)
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, NOTES), batch[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss)
        if step % 50 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(held_out[:, :-1])
                val = F.cross_entropy(logits.reshape(-1, NOTES), held_out[:, 1:].reshape(-1))
            model.train()
            monitor.evaluate(loss=val.item())

    monitor.close()
    print(f"score: {continuation_accuracy(model):.4f}")


if __name__ == "__main__":
    main()
