"""A variational autoencoder of faces that paints a sheet of new ones after each epoch."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.utils import save_image

from faces import Faces


@dataclass
class Settings:
    latent: int = 64
    epochs: int = 30
    batch_size: int = 100
    lr: float = 5e-4
    out: Path = Path("faces_out")


class FaceVAE(nn.Module):
    def __init__(self, latent: int) -> None:
        super().__init__()
        self.latent = latent
        self.encode = nn.Sequential(
            nn.Conv2d(3, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Flatten(), nn.Linear(64 * 256, 2 * latent),
        )
        self.decode = nn.Sequential(
            nn.Linear(latent, 64 * 256), nn.Unflatten(1, (64, 16, 16)),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.ConvTranspose2d(32, 3, 4, 2, 1), nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_var = self.encode(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
        return self.decode(z), mean, log_var

    @torch.no_grad()
    def paint(self, count: int) -> Tensor:
        self.eval()  # PLANTED
        where = next(self.parameters()).device
        return self.decode(torch.randn(count, self.latent, device=where))


def negative_elbo(x: Tensor, again: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    picture = F.mse_loss(again, x, reduction="none").flatten(1).sum(1)
    kl = 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(1)
    return (picture + kl).mean()


def main(s: Settings) -> None:
    torch.manual_seed(4)
    s.out.mkdir(exist_ok=True)
    vae = FaceVAE(s.latent).cuda()
    optimizer = torch.optim.Adam(vae.parameters(), lr=s.lr)
    loader = DataLoader(Faces(size=64), s.batch_size, shuffle=True, num_workers=4)
    for epoch in range(s.epochs):
        total = torch.zeros((), device="cuda")
        for x in loader:
            x = x.cuda(non_blocking=True)
            loss = negative_elbo(x, *vae(x))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch}: -ELBO {total.item() / len(loader):.2f}")
        save_image(vae.paint(64), s.out / f"{epoch:03d}.png")


if __name__ == "__main__":
    main(Settings())
