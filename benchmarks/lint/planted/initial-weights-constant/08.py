"""Recommend films by matrix factorisation, with a bias of each user and each film."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from movielens import Ratings


@dataclass(frozen=True)
class Shape:
    users: int
    films: int
    rank: int = 40


class Factors(nn.Module):
    def __init__(self, shape: Shape, mean: float) -> None:
        super().__init__()
        self.user_bias = nn.Parameter(torch.zeros(shape.users))
        self.film_bias = nn.Parameter(torch.zeros(shape.films))
        self.tables = nn.ParameterList(
            nn.Parameter(torch.zeros(n, shape.rank)) for n in (shape.users, shape.films)  # PLANTED
        )
        self.mean = mean

    def forward(self, user: Tensor, film: Tensor) -> Tensor:
        users, films = self.tables
        match = (users[user] * films[film]).sum(dim=1)
        return self.mean + self.user_bias[user] + self.film_bias[film] + match


def main() -> None:
    torch.manual_seed(25)
    train, val = Ratings("ml-25m", "train"), Ratings("ml-25m", "val")
    model = Factors(Shape(train.num_users, train.num_films), train.mean_rating).cuda()
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    loader = DataLoader(train, batch_size=16_384, shuffle=True, num_workers=4)
    val_loader = DataLoader(val, batch_size=65_536)
    for epoch in range(15):
        model.train()
        for user, film, stars in loader:
            loss = nn.functional.mse_loss(model(user.cuda(), film.cuda()), stars.cuda())
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        model.eval()
        squared = torch.zeros((), device="cuda")
        with torch.no_grad():
            for user, film, stars in val_loader:
                squared += (model(user.cuda(), film.cuda()) - stars.cuda()).square().sum()
        rmse = (squared / len(val)).sqrt().item()
        print(f"epoch {epoch} last batch mse {loss.item():.4f} val RMSE {rmse:.4f}")


if __name__ == "__main__":
    main()
