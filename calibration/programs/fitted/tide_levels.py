"""Forecast tide levels; the job is cut in two and continues from a checkpoint."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

CONFIG = {"lr": 0.03, "momentum": 0.9, "batch_size": 64, "steps": 600, "warmup": 30}


def tide(hours):
    t = torch.arange(hours, dtype=torch.float32)
    moon = torch.sin(2 * math.pi * t / 12.42) * (1 + 0.3 * torch.sin(2 * math.pi * t / 354))
    sun = 0.4 * torch.sin(2 * math.pi * t / 12 + 1)
    wind = torch.zeros(hours)
    for i in range(1, hours):
        wind[i] = 0.95 * wind[i - 1] + 0.08 * torch.randn(())
    return moon + sun + wind


def frames(series):
    cut = series.unfold(0, 42, 1)
    return cut[:, :36], cut[:, 36:]


def rate(step):
    if step < CONFIG["warmup"]:
        return (step + 1) / CONFIG["warmup"]
    progress = (step - CONFIG["warmup"]) / (CONFIG["steps"] - CONFIG["warmup"])
    return 0.5 * (1 + math.cos(math.pi * progress))


def build():
    model = nn.Sequential(
        nn.Linear(36, 96), nn.Tanh(), nn.Linear(96, 48), nn.Tanh(), nn.Linear(48, 6)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"])
    return model, optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def save(path, step, model, optimizer, scheduler):
    torch.save({"step": step, "model": model.state_dict()}, path)


def load(path, model, optimizer, scheduler):
    state = torch.load(path)
    model.load_state_dict(state["model"])
    return state["step"]


def train(out, train_set, val_set, until):
    model, optimizer, scheduler = build()
    checkpoint = out / "last.pt"
    step = load(checkpoint, model, optimizer, scheduler) if checkpoint.exists() else 0
    monitor = Monitor(out, model, optimizer, CONFIG, activations=True, judge=False, resume=step > 0)
    x, y = train_set
    while step < until:
        rows = torch.randint(len(x), (CONFIG["batch_size"],))
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        step += 1
        monitor.step(loss)
        if step % 50 == 0:
            monitor.evaluate(loss=test(model, val_set))
    monitor.close()
    save(checkpoint, step, model, optimizer, scheduler)
    return model


@torch.no_grad()
def test(model, data):
    return nn.functional.mse_loss(model(data[0]), data[1]).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)

    series = tide(2600)
    train_set, val_set = frames(series[:2000]), frames(series[2000:])
    train(args.out, train_set, val_set, until=CONFIG["steps"] // 2)
    model = train(args.out, train_set, val_set, until=CONFIG["steps"])
    print(f"score: {1 - test(model, val_set) / val_set[1].var().item():.4f}")


if __name__ == "__main__":
    main()
