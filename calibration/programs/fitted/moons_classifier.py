"""Separate interleaved half moons in the presence of nuisance columns."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import make_moons
from torch import nn


def load(n, seed, columns=6):
    x, y = make_moons(n, noise=0.15, random_state=seed)
    x = torch.tensor(x, dtype=torch.float32)
    extra = torch.randn(n, columns, generator=torch.Generator().manual_seed(seed))
    return torch.cat([x, extra], dim=1), torch.tensor(y, dtype=torch.float32)


parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=480)
parser.add_argument("--lr", type=float, default=2e-3)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--print-every", type=int, default=40)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

x_train, y_train = load(2000, args.seed)
x_val, y_val = load(600, args.seed + 1000)

net = nn.Sequential(
    nn.Linear(8, 48), nn.LeakyReLU(0.1), nn.Linear(48, 48), nn.LeakyReLU(0.1), nn.Linear(48, 1)
)
bce = nn.BCEWithLogitsLoss()
optimizer = torch.optim.NAdam(net.parameters(), lr=args.lr)
config = {"lr": args.lr, "batch_size": args.batch_size, "steps": args.steps}
monitor = Monitor(args.out, net, optimizer, config, activations=True, judge=False)


def accuracy_of(logits, target):
    return ((logits > 0).float() == target).float().mean().item()


def validate():
    net.eval()
    with torch.no_grad():
        logits = net(x_val).squeeze(1)
        result = bce(logits, y_val).item(), accuracy_of(logits, y_val)
    net.train()
    return result


for step in range(1, args.steps + 1):
    rows = torch.randint(0, len(x_train), (args.batch_size,))
    logits = net(x_train[rows]).squeeze(1)
    loss = bce(logits, y_train[rows])
    optimizer.zero_grad()
    loss.backward()
    if step % args.print_every == 0:
        val_loss, val_acc = validate()
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"step {step}: loss {loss.item():.4f} val {val_loss:.4f} accuracy {val_acc:.3f}")
        optimizer.step()
    monitor.step(loss, accuracy=accuracy_of(logits.detach(), y_train[rows]))

monitor.close()
print(f"score: {validate()[1]:.4f}")
