import argparse

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


class ScaledLinear(nn.Module):
    """Linear layer with unit normal weights and the scale outside of them."""

    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(fan_out, fan_in))
        self.bias = nn.Parameter(torch.zeros(fan_out))
        self.scale = fan_in**0.5

    def forward(self, x):
        return F.linear(x, self.weight * self.scale, self.bias)


class ArmModel(nn.Module):
    def __init__(self, joints, width):
        super().__init__()
        self.fc1 = ScaledLinear(joints, width)
        self.fc2 = ScaledLinear(width, width)
        self.act1 = nn.Tanh()
        self.act2 = nn.Tanh()
        self.out = nn.Linear(width, 2)

    def forward(self, angles):
        h = self.act1(self.fc1(angles))
        h = self.act2(self.fc2(h))
        return self.out(h)


def forward_kinematics(angles):
    total = angles.cumsum(dim=1)
    lengths = torch.tensor([1.0, 0.8, 0.5])
    return torch.stack([(lengths * total.cos()).sum(1), (lengths * total.sin()).sum(1)], dim=1)


class Trainer:
    def __init__(self, model, out, lr=5e-3, batch_size=128, steps=600):
        self.model = model
        self.batch_size = batch_size
        self.steps = steps
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=lr, total_steps=steps
        )
        config = {"lr": lr, "batch_size": batch_size, "steps": steps, "schedule": "onecycle"}
        self.monitor = Monitor(out, model, self.optimizer, config, activations=True, judge=False)

    def fit(self, x, y, x_val, y_val):
        for step in range(1, self.steps + 1):
            idx = torch.randint(len(x), (self.batch_size,))
            loss = F.mse_loss(self.model(x[idx]), y[idx])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            self.monitor.step(loss)
            if step % 60 == 0:
                with torch.no_grad():
                    error = F.mse_loss(self.model(x_val), y_val).item()
                self.monitor.evaluate(loss=error)
        self.monitor.close()
        return 1 - error / y_val.var(dim=0, unbiased=False).mean().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    opts = parser.parse_args()
    torch.manual_seed(opts.seed)
    torch.set_num_threads(1)
    angles = torch.rand(5000, 3) * 3.0 - 1.5
    hands = forward_kinematics(angles)
    trainer = Trainer(ArmModel(3, 64), opts.out)
    r2 = trainer.fit(angles[:4000], hands[:4000], angles[4000:], hands[4000:])
    print(f"score: {r2:.4f}")
