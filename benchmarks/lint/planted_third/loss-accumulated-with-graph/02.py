"""Translates sketches to photographs; five terms of the loss, each with a curve of its own."""

from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.transforms.functional import gaussian_blur

from sketches import SketchNet, SketchPairs


def edges(x):
    return (x[..., :, 1:] - x[..., :, :-1]), (x[..., 1:, :] - x[..., :-1, :])


def terms(made, photo):
    across, down = edges(made)
    photo_across, photo_down = edges(photo)
    return {
        "pixels": F.l1_loss(made, photo),
        "blurred": F.mse_loss(gaussian_blur(made, 9), gaussian_blur(photo, 9)),
        "across": F.l1_loss(across, photo_across),
        "down": F.l1_loss(down, photo_down),
        "rough": 0.01 * (across.abs().mean() + down.abs().mean()),
    }


def train(net, loader, optimizer):
    """One epoch; the mean of each term."""
    kept = defaultdict(list)
    for sketch, photo in loader:
        parts = terms(net(sketch.cuda()), photo.cuda())
        optimizer.zero_grad()
        sum(parts.values()).backward()
        optimizer.step()
        for name, part in parts.items():
            kept[name].append(part)  # PLANTED
    return {name: torch.stack(values).mean().item() for name, values in kept.items()}


def main():
    torch.manual_seed(15)
    loader = DataLoader(SketchPairs("sketches"), batch_size=12, shuffle=True, num_workers=4)
    net = SketchNet().cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-4)
    curves = defaultdict(list)
    for epoch in range(45):
        for name, value in train(net, loader, optimizer).items():
            curves[name].append(value)
        print(epoch, {name: round(values[-1], 4) for name, values in curves.items()})

    for name, values in curves.items():
        plt.semilogy(values, label=name)
    plt.legend()
    plt.savefig("terms.png")


if __name__ == "__main__":
    main()
