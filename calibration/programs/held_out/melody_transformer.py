"""Next-note prediction with a small causal transformer."""

import argparse
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn


@dataclass
class Settings:
    notes: int = 20
    context: int = 24
    width: int = 48
    layers: int = 2
    batch_size: int = 32
    steps: int = 450
    peak_lr: float = 1e-2


class Melody(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.note = nn.Embedding(s.notes, s.width)
        self.place = nn.Embedding(s.context, s.width)
        layer = nn.TransformerEncoderLayer(
            s.width, 4, 4 * s.width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.stack = nn.TransformerEncoder(layer, s.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(s.width)
        self.out = nn.Linear(s.width, s.notes)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(s.context))

    def forward(self, x):
        h = self.note(x) + self.place.weight
        return self.out(self.norm(self.stack(h, mask=self.mask, is_causal=True)))


def melodies(s, n, generator):
    table = torch.Generator().manual_seed(8)
    follow = torch.randint(0, s.notes, (s.notes, s.notes, 2), generator=table)
    tune = [torch.randint(0, s.notes, (n,), generator=generator) for _ in range(2)]
    for _ in range(s.context - 1):
        branch = (torch.rand(n, generator=generator) < 0.2).long()
        tune.append(follow[tune[-2] % 4, tune[-1], branch])
    return torch.stack(tune, dim=1)


def loss_of(model, tune):
    logits = model(tune[:, :-1])
    target = tune[:, 1:]
    loss = F.cross_entropy(logits.flatten(0, 1), target.flatten())
    return loss, (logits.argmax(-1) == target).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    s = Settings()
    generator = torch.Generator().manual_seed(args.seed + 50)
    model = Melody(s)
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.peak_lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=s.peak_lr, total_steps=s.steps, pct_start=0.3
    )
    monitor = Monitor(args.out, model, optimizer, asdict(s), activations=True, judge=False)
    held_out = melodies(s, 200, torch.Generator().manual_seed(7))
    for step in range(s.steps):
        loss, accuracy = loss_of(model, melodies(s, s.batch_size, generator))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=accuracy)
        if (step + 1) % 45 == 0:
            with torch.no_grad():
                val_loss, val_accuracy = loss_of(model, held_out)
            monitor.evaluate(loss=val_loss.item(), accuracy=val_accuracy)
    monitor.close()
    print(f"score: {val_accuracy:.4f}")


if __name__ == "__main__":
    main()
