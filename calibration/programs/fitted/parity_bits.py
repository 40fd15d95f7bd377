"""Learn the parity of three hidden bits among sixteen."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

BITS, SECRET = 16, (2, 7, 11)


def sample(n):
    x = torch.randint(0, 2, (n, BITS)).float() * 2 - 1
    return x, (x[:, SECRET].prod(1) > 0).float()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=800)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    model = nn.Sequential(nn.Linear(BITS, 256), nn.ReLU(), nn.Linear(256, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    config = {"lr": args.lr, "batch_size": args.batch_size, "bits": BITS, "steps": args.steps}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    val_x, val_y = sample(1000)

    for step in range(1, args.steps + 1):
        x, y = sample(args.batch_size)
        logits = model(x).squeeze(1)
        loss = criterion(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=((logits > 0) == (y > 0)).float().mean().item())
        if step % 40 == 0:
            with torch.no_grad():
                logits = model(val_x).squeeze(1)
            accuracy = ((logits > 0) == (val_y > 0)).float().mean().item()
            monitor.evaluate(loss=criterion(logits, val_y).item(), accuracy=accuracy)
            print(f"{step}: loss {loss.item():.4f}, accuracy {accuracy:.4f}")

    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
