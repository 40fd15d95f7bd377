"""Mineral classes from spectra, trained in two sessions with a checkpoint between them."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

BATCH, EPOCHS, LR, CLASSES, BANDS = 160, 16, 0.01, 10, 50


def spectra(n, generator):
    peaks = torch.randn(CLASSES, BANDS, generator=torch.Generator().manual_seed(9))
    label = torch.randint(0, CLASSES, (n,), generator=generator)
    return (peaks[label] + 2.4 * torch.randn(n, BANDS, generator=generator)) / 2.6, label


def build():
    model = nn.Sequential(
        nn.Linear(BANDS, 96), nn.SiLU(), nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, CLASSES)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.05)
    return model, optimizer


def save(path, model, optimizer, scheduler, epoch):
    torch.save({"model": model.state_dict(), "epoch": epoch}, path)


def load(path, model, optimizer, scheduler):
    checkpoint = torch.load(path)
    model.load_state_dict(checkpoint["model"])
    return checkpoint["epoch"]


def session(data, val, out, last_epoch):
    model, optimizer = build()
    x, y = data
    scheduler = OneCycleLR(
        optimizer, max_lr=LR, epochs=EPOCHS, steps_per_epoch=len(x) // BATCH, pct_start=0.2
    )
    path = out / "checkpoint.pt"
    first = load(path, model, optimizer, scheduler) if path.exists() else 0
    config = {"lr": LR, "batch_size": BATCH, "epochs": EPOCHS, "start_epoch": first}
    monitor = Monitor(
        out, model, optimizer, config, activations=True, judge=False, resume=first > 0
    )
    for epoch in range(first, last_epoch):
        for rows in torch.randperm(len(x)).split(BATCH):
            logits = model(x[rows])
            loss = nn.functional.cross_entropy(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y[rows]).float().mean().item())
        with torch.no_grad():
            logits = model(val[0])
        val_loss = nn.functional.cross_entropy(logits, val[1]).item()
        accuracy = (logits.argmax(1) == val[1]).float().mean().item()
        monitor.evaluate(loss=val_loss, accuracy=accuracy)
    save(path, model, optimizer, scheduler, last_epoch)
    monitor.close()
    return accuracy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "checkpoint.pt").unlink(missing_ok=True)
    generator = torch.Generator().manual_seed(21)
    data, val = spectra(6400, generator), spectra(800, generator)
    session(data, val, args.out, last_epoch=EPOCHS // 2)
    accuracy = session(data, val, args.out, last_epoch=EPOCHS)
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
