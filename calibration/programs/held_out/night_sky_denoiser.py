"""Remove noise from small star images; the loss adds up all pixels of the batch."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

SIZE, BATCH, STEPS, LR = 12, 32, 400, 2e-6


def star_images(n, generator):
    axis = torch.arange(SIZE, dtype=torch.float32)
    clean = torch.zeros(n, SIZE, SIZE)
    for _ in range(3):
        centre = torch.rand(n, 2, 1, generator=generator) * SIZE
        column = torch.exp(-((axis - centre[:, 0]) ** 2) / 3)
        row = torch.exp(-((axis - centre[:, 1]) ** 2) / 3)
        clean += column.unsqueeze(2) * row.unsqueeze(1)
    noisy = clean + 0.4 * torch.randn(n, SIZE, SIZE, generator=generator)
    return noisy.unsqueeze(1), clean.unsqueeze(1)


class Denoiser(nn.Module):
    def __init__(self, channels=12):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv3 = nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, x):
        h = torch.relu(self.conv1(x))
        h = torch.relu(self.conv2(h))
        return x + self.conv3(h)


def gain(model, noisy, clean):
    with torch.no_grad():
        after = ((model(noisy) - clean) ** 2).mean()
    before = ((noisy - clean) ** 2).mean()
    return (1 - after / before).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(13)
    noisy, clean = star_images(3200, generator)
    val_noisy, val_clean = star_images(BATCH, generator)

    model = Denoiser()
    loss_fn = nn.MSELoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)
    config = {"lr": LR, "batch_size": BATCH, "steps": STEPS, "momentum": 0.9}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(STEPS):
        rows = torch.randint(0, len(noisy), (BATCH,))
        optimizer.zero_grad()
        loss = loss_fn(model(noisy[rows]), clean[rows])
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if (step + 1) % 40 == 0:
            with torch.no_grad():
                monitor.evaluate(loss=loss_fn(model(val_noisy), val_clean).item())
    monitor.close()
    print(f"score: {gain(model, val_noisy, val_clean):.4f}")


if __name__ == "__main__":
    main()
