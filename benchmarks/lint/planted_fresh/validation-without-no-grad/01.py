"""Estimate bone age from radiographs of hands; a trainer with a method for each phase."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models import inception_v3

from boneage import Hands


class BoneAge:
    def __init__(self, loaders: dict[str, DataLoader], lr: float = 3e-4) -> None:
        self.loaders = loaders
        self.net = inception_v3(num_classes=1, aux_logits=False, init_weights=True).cuda()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.loss = nn.SmoothL1Loss()

    def _predict(self, image: Tensor) -> Tensor:
        return self.net(image.cuda()).squeeze(-1)

    def learn(self) -> float:
        self.net.train(True)
        total = torch.zeros((), device="cuda")
        for image, months in self.loaders["train"]:
            self.opt.zero_grad()
            loss = self.loss(self._predict(image), months.cuda())
            loss.backward()
            self.opt.step()
            total += loss.detach()
        return total.item() / len(self.loaders["train"])

    def examine(self) -> float:
        self.net.train(False)
        off, n = torch.zeros((), device="cuda"), 0
        for image, months in self.loaders["val"]:  # PLANTED
            off += (self._predict(image) - months.cuda()).abs().sum().detach()
            n += len(months)
        return off.item() / n

    def fit(self, epochs: int) -> None:
        for epoch in range(epochs):
            loss, off = self.learn(), self.examine()
            print(f"epoch {epoch:2d}: loss {loss:.3f}, off by {off:.1f} months")


if __name__ == "__main__":
    torch.manual_seed(120)
    BoneAge(
        {
            "train": DataLoader(Hands("train"), 32, shuffle=True, num_workers=8),
            "val": DataLoader(Hands("val"), 32, num_workers=8),
        }
    ).fit(30)
