"""Recognise birds in one-second recordings, in mixed precision."""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Settings:
    species: int = 5
    samples: int = 1024
    filters: int = 24
    lr: float = 3e-3
    batch_size: int = 32
    epochs: int = 8


def recordings(n, s):
    label = torch.randint(s.species, (n,))
    t = torch.arange(s.samples) / s.samples
    pitch = (40 + 30 * label + 6 * torch.randn(n)).unsqueeze(1)
    call = torch.sin(2 * math.pi * pitch * t + 4 * torch.sin(2 * math.pi * 5 * t))
    wave = call + 0.8 * torch.randn(n, s.samples)
    return (6 * torch.exp(torch.randn(n, 1)) * wave).unsqueeze(1), label


class CallNet(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.bank = nn.Conv1d(1, s.filters, 32, stride=4)
        self.norm = nn.LayerNorm(s.filters)
        self.hidden = nn.Linear(s.filters, 48)
        self.out = nn.Linear(48, s.species)

    def forward(self, wave):
        h = self.bank(wave)
        energy = h.pow(2).sum(dim=-1)
        features = self.norm(torch.log(energy + 1e-3))
        return self.out(torch.relu(self.hidden(features)))


def run_epoch(model, loader, optimizer, scaler, loss_fn, monitor):
    model.train()
    for wave, label in loader:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.float16):
            logits = model(wave)
        loss = loss_fn(logits.float(), label)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        accuracy = (logits.argmax(1) == label).float().mean().item()
        monitor.step(loss, accuracy=accuracy, loss_scale=scaler.get_scale())


@torch.no_grad()
def test(model, loader, loss_fn):
    model.eval()
    total, hits = 0.0, 0
    for wave, label in loader:
        with torch.autocast("cpu", dtype=torch.float16):
            logits = model(wave).float()
        total += loss_fn(logits, label).item() * len(label)
        hits += (logits.argmax(1) == label).sum().item()
    return total / len(loader.dataset), hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    s = Settings()
    train = DataLoader(TensorDataset(*recordings(1500, s)), s.batch_size, shuffle=True)
    held = DataLoader(TensorDataset(*recordings(400, s)), 100)
    model = CallNet(s)
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr)
    scaler = torch.amp.GradScaler("cpu")
    loss_fn = nn.CrossEntropyLoss()
    config = {"lr": s.lr, "batch_size": s.batch_size, "precision": "fp16", "filters": s.filters}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(s.epochs):
        run_epoch(model, train, optimizer, scaler, loss_fn, monitor)
        loss, accuracy = test(model, held, loss_fn)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
