"""Train a keypoint network whose parts of the loss are told apart at the end of each epoch."""

from __future__ import annotations

from collections import Counter, defaultdict

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from animals import AnimalPose, HourglassNet, heatmap_loss, offset_loss, visibility_loss


class Means:
    """Means of named values, weighted by how many examples each is of."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor | float] = defaultdict(float)
        self.weights: Counter[str] = Counter()

    def add(self, name: str, value: Tensor, n: int) -> None:
        self.sums[name] += value * n  # PLANTED
        self.weights[name] += n

    def __str__(self) -> str:
        return "  ".join(f"{k} {float(s) / self.weights[k]:.4f}" for k, s in self.sums.items())


def parts(net: HourglassNet, image: Tensor, target: dict[str, Tensor]) -> dict[str, Tensor]:
    out = net(image)
    return {
        "heat": heatmap_loss(out, target["heat"]),
        "offset": 0.1 * offset_loss(out, target["offset"]),
        "seen": 0.5 * visibility_loss(out, target["seen"]),
    }


def main() -> None:
    torch.manual_seed(20)
    net = HourglassNet(keypoints=20).cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=2.5e-4)
    loader = DataLoader(AnimalPose("train"), batch_size=24, shuffle=True, num_workers=6)
    for epoch in range(90):
        means = Means()
        for image, target in loader:
            target = {k: v.cuda() for k, v in target.items()}
            terms = parts(net, image.cuda(), target)
            total = terms["heat"] + terms["offset"] + terms["seen"]
            opt.zero_grad()
            total.backward()
            opt.step()
            for name, value in terms.items():
                means.add(name, value, len(image))
        print(f"epoch {epoch}  {means}")


if __name__ == "__main__":
    main()
