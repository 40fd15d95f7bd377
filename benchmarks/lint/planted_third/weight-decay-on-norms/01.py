"""Trains a residual network on tables of sensor readings; optimizers are listed by name."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    "adamw": (torch.optim.AdamW, {"lr": 1e-3, "betas": (0.9, 0.98), "weight_decay": 0.1}),
}


class RMSNorm(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return self.gain * x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt()


class Gated(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = RMSNorm(width)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(2 * width, width, bias=False)

    def forward(self, x):
        a, b = self.up(self.scale(x)).chunk(2, dim=-1)
        return x + self.down(nn.functional.silu(a) * b)


def network(sensors, states, width=192, depth=6):
    return nn.Sequential(
        nn.Linear(sensors, width, bias=False),
        *(Gated(width) for _ in range(depth)),
        RMSNorm(width),
        nn.Linear(width, states, bias=False),
    )


def main(choice="adamw", epochs=30):
    torch.manual_seed(20)
    readings = torch.load("readings.pt", weights_only=True)
    train = TensorDataset(readings["train_x"], readings["train_y"])
    loader = DataLoader(train, batch_size=256, shuffle=True, drop_last=True)
    net = network(readings["train_x"].shape[1], states=12)

    kind, options = OPTIMIZERS[choice]
    optimizer = kind(net.parameters(), **options)  # PLANTED
    ramp = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=300)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            ramp.step()
        net.eval()
        with torch.no_grad():
            right = (net(readings["valid_x"]).argmax(1) == readings["valid_y"]).float().mean()
        print(f"epoch {epoch} loss {loss.item():.4f} right {right.item():.4f}")


main()
