"""Tell eight tones apart in noisy waveforms with a 1-d convolutional network."""

import argparse
import math

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


def make_waves(n, classes=8, length=128, noise=0.8):
    label = torch.randint(0, classes, (n,))
    t = torch.arange(length) / length
    frequency = 3.0 + 2.0 * label.float().unsqueeze(1)
    phase = torch.rand(n, 1) * 2 * math.pi
    wave = torch.sin(2 * math.pi * frequency * t + phase)
    return (wave + noise * torch.randn(n, length)).unsqueeze(1), label


class ToneNet(nn.Module):
    def __init__(self, classes=8):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 24, 17, stride=2, padding=8),
            nn.BatchNorm1d(24),
            nn.ReLU(),
            nn.Conv1d(24, 32, 9, stride=2, padding=4),
            nn.BatchNorm1d(32),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(32, classes)

    def forward(self, x):
        return self.classifier(self.features(x).amax(-1))


class Trainer:
    max_norm = 5e-3

    def __init__(self, model, out, lr=0.05, batch_size=64):
        self.model = model
        self.batch_size = batch_size
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        config = {"lr": lr, "batch_size": batch_size}
        self.monitor = Monitor(out, model, self.optimizer, config, activations=True, judge=False)

    def step(self, x, y):
        self.optimizer.zero_grad()
        logits = self.model(x)
        loss = self.loss_fn(logits, y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.optimizer.step()
        self.monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())

    def validate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            logits = self.model(x)
        self.model.train()
        accuracy = (logits.argmax(1) == y).float().mean().item()
        self.monitor.evaluate(loss=self.loss_fn(logits, y).item(), accuracy=accuracy)
        return accuracy


def main(out, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x_train, y_train = make_waves(2000)
    x_val, y_val = make_waves(500)
    trainer = Trainer(ToneNet(), out)
    for _ in range(10):
        for rows in torch.randperm(len(x_train)).split(trainer.batch_size):
            trainer.step(x_train[rows], y_train[rows])
        accuracy = trainer.validate(x_val, y_val)
    trainer.monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.out, arguments.seed)
