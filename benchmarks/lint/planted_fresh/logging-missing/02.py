"""Train a small GAN of handwritten letters and draw a page of them at the end."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import EMNIST
from torchvision.utils import save_image


class LetterGAN:
    def __init__(self, folder: Path, z: int = 64) -> None:
        self.folder, self.z = folder, z
        self.gen = nn.Sequential(
            nn.Linear(z, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 784),
            nn.Tanh(),
        ).cuda()
        self.dis = nn.Sequential(
            nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2),
            nn.Linear(256, 1),
        ).cuda()
        self.gen_opt = torch.optim.Adam(self.gen.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.dis_opt = torch.optim.Adam(self.dis.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.bce = nn.BCEWithLogitsLoss()

    def judge(self, images: torch.Tensor, real: bool) -> torch.Tensor:
        logits = self.dis(images)
        return self.bce(logits, torch.full_like(logits, float(real)))

    def update(self, real: torch.Tensor) -> None:
        fake = self.gen(torch.randn(len(real), self.z, device="cuda"))
        self.dis_opt.zero_grad()
        (self.judge(real, True) + self.judge(fake.detach(), False)).backward()
        self.dis_opt.step()
        self.gen_opt.zero_grad()
        self.judge(fake, True).backward()
        self.gen_opt.step()

    def fit(self, loader: DataLoader, epochs: int) -> None:
        for _ in range(epochs):  # PLANTED
            for letters, _ in loader:
                self.update(letters.flatten(1).cuda())

    @torch.no_grad()
    def draw(self) -> None:
        self.gen.eval()
        samples = self.gen(torch.randn(64, self.z, device="cuda")).view(-1, 1, 28, 28)
        save_image(samples, self.folder / "page.png", normalize=True)
        self.gen.train()


if __name__ == "__main__":
    torch.manual_seed(26)
    pictures = Path("letters")
    pictures.mkdir(exist_ok=True)
    view = T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)])
    letters = EMNIST("data", split="letters", transform=view)
    gan = LetterGAN(pictures)
    gan.fit(DataLoader(letters, batch_size=128, shuffle=True), epochs=50)
    gan.draw()
