import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


def make_waves(n, length, generator):
    kind = torch.randint(0, 3, (n,), generator=generator)
    freq = 2 + 3 * torch.rand(n, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(n, 1, generator=generator)
    t = torch.linspace(0, 2 * math.pi, length)
    angle = freq * t + phase
    sine = torch.sin(angle)
    square = torch.sign(sine)
    saw = torch.remainder(angle, 2 * math.pi) / math.pi - 1
    waves = torch.stack([sine, square, saw], dim=1)[torch.arange(n), kind]
    waves = waves + 0.3 * torch.randn(n, length, generator=generator)
    return waves.unsqueeze(1), kind


class WaveNet(nn.Module):
    def __init__(self, channels=24, classes=3):
        super().__init__()
        self.conv1 = nn.Conv1d(1, channels, 7, padding=3)
        self.conv2 = nn.Conv1d(channels, channels, 5, padding=2)
        self.conv3 = nn.Conv1d(channels, channels, 5, padding=2)
        self.out = nn.Linear(channels, classes)
        self.apply(self.reset)

    @staticmethod
    def reset(module):
        if isinstance(module, (nn.Conv1d, nn.Linear)):
            nn.init.constant_(module.weight, 0.02)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x)), 2)
        x = F.max_pool1d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.conv3(x))
        return self.out(x.mean(dim=-1))


def accuracy(logits, y):
    return (logits.argmax(-1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(args.seed)

    config = {"lr": 3e-3, "batch_size": 64, "steps": 400, "weight_decay": 1e-4}
    x_train, y_train = make_waves(3000, 96, generator)
    x_test, y_test = make_waves(600, 96, generator)
    model = WaveNet()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config["lr"], weight_decay=config["weight_decay"]
    )
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for step in range(config["steps"]):
        index = torch.randint(0, len(x_train), (config["batch_size"],))
        logits = model(x_train[index])
        loss = F.cross_entropy(logits, y_train[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=accuracy(logits, y_train[index]))
        if (step + 1) % 50 == 0:
            model.eval()
            with torch.no_grad():
                out = model(x_test)
            acc = accuracy(out, y_test)
            monitor.evaluate(loss=F.cross_entropy(out, y_test).item(), accuracy=acc)
            model.train()
    monitor.close()
    print(f"score: {acc:.4f}")


if __name__ == "__main__":
    main()
