import argparse
import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


@dataclass
class TrainConfig:
    hidden: int = 5
    lr: float = 5e-3
    batch_size: int = 128
    steps: int = 700
    arms: int = 4


def spiral_galaxies(n, arms, gen):
    label = torch.randint(arms, (n,), generator=gen)
    r = 0.1 + 0.9 * torch.rand(n, generator=gen)
    theta = 2 * math.pi * label / arms + 3.0 * r + 0.12 * torch.randn(n, generator=gen)
    return torch.stack([r * theta.cos(), r * theta.sin()], dim=1) * 2, label


class ArmClassifier(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, cfg.hidden),
            nn.ReLU(),
            nn.Linear(cfg.hidden, cfg.hidden),
            nn.ReLU(),
            nn.Linear(cfg.hidden, cfg.arms),
        )

    def forward(self, xy):
        return self.layers(xy)


def train(cfg, out, seed):
    gen = torch.Generator().manual_seed(seed)
    train_xy, train_arm = spiral_galaxies(4000, cfg.arms, gen)
    test_xy, test_arm = spiral_galaxies(1000, cfg.arms, gen)
    model = ArmClassifier(cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg.steps)
    monitor = Monitor(out, model, optimizer, asdict(cfg), activations=True, judge=False)
    accuracy = 0.0
    for step in range(cfg.steps):
        pick = torch.randint(len(train_xy), (cfg.batch_size,))
        logits = model(train_xy[pick])
        loss = F.cross_entropy(logits, train_arm[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == train_arm[pick]).float().mean().item())
        if step % 70 == 69:
            with torch.no_grad():
                logits = model(test_xy)
            accuracy = (logits.argmax(1) == test_arm).float().mean().item()
            monitor.evaluate(loss=F.cross_entropy(logits, test_arm).item(), accuracy=accuracy)
    monitor.close()
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    cli = parser.parse_args()
    torch.manual_seed(cli.seed)
    torch.set_num_threads(1)
    print(f"score: {train(TrainConfig(), cli.out, cli.seed):.4f}")
