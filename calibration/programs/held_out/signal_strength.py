"""Predict received signal strength (dBm) from antenna geometry in mixed precision."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

OFFSET, SPREAD = -75.0, 18.0


class PathLoss(nn.Module):
    def __init__(self, inputs=5, hidden=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return OFFSET + SPREAD * self.net(x).squeeze(-1)


def measurements(n, generator):
    distance = 0.05 + 4.95 * torch.rand(n, generator=generator)
    height = 5 + 45 * torch.rand(n, generator=generator)
    angle = 6.28 * torch.rand(n, generator=generator)
    walls = torch.randint(0, 5, (n,), generator=generator).float()
    humidity = torch.rand(n, generator=generator)
    dbm = -78 - 14 * torch.log(distance) + 0.2 * height + 6 * torch.cos(2 * angle)
    dbm = dbm - 4.5 * walls - 3 * humidity + 2 * torch.randn(n, generator=generator)
    columns = [distance - 2.5, (height - 27) / 13, angle - 3.14, walls - 2, humidity - 0.5]
    return torch.stack(columns, 1), dbm


def train_step(model, optimizer, x, y):
    scaler = torch.amp.GradScaler("cpu")
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        loss = nn.functional.mse_loss(model(x).float(), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return loss.detach(), scaler.get_scale()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    generator = torch.Generator().manual_seed(12)
    x_train, y_train = measurements(2000, generator)
    x_val, y_val = measurements(500, generator)
    lr, batch_size, epochs = 3e-3, 50, 10
    model = PathLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "precision": "fp16"}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(epochs):
        for rows in torch.randperm(len(x_train)).split(batch_size):
            loss, scale = train_step(model, optimizer, x_train[rows], y_train[rows])
            monitor.step(loss, loss_scale=scale)
        with torch.no_grad():
            val_loss = nn.functional.mse_loss(model(x_val), y_val).item()
        monitor.evaluate(loss=val_loss)
        print(f"epoch {epoch}: rmse {val_loss**0.5:.2f} dB")
    monitor.close()
    print(f"score: {1 - val_loss / y_val.var().item():.4f}")


if __name__ == "__main__":
    main()
