"""Learn one step of a damped pendulum and roll it out."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

DT = 0.1


def physics(state, torque):
    angle, speed = state[:, 0], state[:, 1]
    speed = speed + DT * (-9.8 * torch.sin(angle) - 0.3 * speed + torque)
    return torch.stack([angle + DT * speed, speed], dim=1)


def transitions(n):
    state = torch.stack([(torch.rand(n) * 2 - 1) * math.pi, torch.randn(n) * 2], dim=1)
    torque = torch.randn(n) * 3
    return state, torque, physics(state, torque) - state + 0.01 * torch.randn(n, 2)


class Dynamics(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2)
        )

    def forward(self, state, torque):
        angle, speed = state.unbind(1)
        inputs = torch.stack([torch.sin(angle), torch.cos(angle), speed / 2, torque / 3], dim=1)
        return self.layers(inputs)


class Learner:
    def __init__(self, out, lr=0.05, batch_size=64, epochs=14):
        self.batch_size, self.epochs = batch_size, epochs
        self.model = Dynamics()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)
        config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "momentum": 0.9}
        self.monitor = Monitor(
            out, self.model, self.optimizer, config, activations=True, judge=False
        )

    def loss(self, state, torque, change):
        return ((self.model(state, torque) - change) ** 2).mean()

    def fit(self, train, valid):
        state, torque, change = train
        for _ in range(self.epochs):
            self.optimizer.zero_grad()
            for rows in torch.randperm(len(state)).split(self.batch_size):
                loss = self.loss(state[rows], torque[rows], change[rows])
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
            self.scheduler.step()
            with torch.no_grad():
                self.monitor.evaluate(loss=self.loss(*valid).item())
        self.monitor.close()

    @torch.no_grad()
    def score(self, valid):
        state, torque, change = valid
        error = ((self.model(state, torque) - change) ** 2).mean(0)
        return (1 - error / change.var(0)).mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    train, valid = transitions(2400), transitions(600)
    learner = Learner(args.out)
    learner.fit(train, valid)
    print(f"score: {learner.score(valid):.4f}")


if __name__ == "__main__":
    main()
