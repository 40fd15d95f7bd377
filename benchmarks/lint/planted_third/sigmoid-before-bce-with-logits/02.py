"""Finds buildings in aerial images; the loss is chosen by name."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

CRITERIA = {"bce": nn.BCEWithLogitsLoss, "l1": nn.L1Loss}


@dataclass
class Recipe:
    width: int = 32
    criterion: str = "bce"
    lr: float = 1e-3
    epochs: int = 25
    seed: int = 10


class Buildings(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        w = recipe.width
        self.down = nn.Sequential(nn.Conv2d(4, w, 3, 2, 1), nn.ReLU(), nn.Conv2d(w, 2 * w, 3, 2, 1), nn.ReLU())
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(w, w, 4, 2, 1), nn.ReLU()
        )
        self.mask = nn.Sequential(
            nn.Conv2d(w, w, 1),
            nn.ReLU(),
            nn.Conv2d(w, 1, 1),
            nn.Sigmoid(),  # PLANTED
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.mask(self.up(self.down(image)))


def main(recipe: Recipe) -> None:
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    aerial = torch.load("aerial.pt", weights_only=True)
    loader = DataLoader(TensorDataset(aerial["image"], aerial["mask"].float()), batch_size=16, shuffle=True)
    net = Buildings(recipe).to(device)
    criterion = CRITERIA[recipe.criterion]()
    optimizer = torch.optim.Adam(net.parameters(), lr=recipe.lr)

    for epoch in range(recipe.epochs):
        net.train()
        total = torch.zeros((), device=device)
        for image, mask in loader:
            optimizer.zero_grad()
            loss = criterion(net(image.to(device)), mask.to(device))
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch}: {(total / len(loader)).item():.4f}")


if __name__ == "__main__":
    main(Recipe())
