"""Trains a recommender by factors of users and films, with a decay of its own after each update."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Factors(nn.Module):
    def __init__(self, users: int, films: int, rank: int = 40) -> None:
        super().__init__()
        self.user, self.film = nn.Embedding(users, rank), nn.Embedding(films, rank)
        self.user_bias, self.film_bias = nn.Embedding(users, 1), nn.Embedding(films, 1)
        self.average = nn.Parameter(torch.tensor(3.5))
        nn.init.normal_(self.user.weight, std=0.1)
        nn.init.normal_(self.film.weight, std=0.1)

    def forward(self, user: Tensor, film: Tensor) -> Tensor:
        both = (self.user(user) * self.film(film)).sum(-1)
        return both + self.user_bias(user).squeeze(-1) + self.film_bias(film).squeeze(-1) + self.average


class Shrinking:
    """An optimizer after whose every step the chosen weights are drawn towards zero."""

    def __init__(self, optimizer: torch.optim.Optimizer, weights: list[Tensor]) -> None:
        self.optimizer = optimizer
        self.weights = weights

    def zero_grad(self) -> None:
        self.optimizer.zero_grad()

    @torch.no_grad()
    def step(self) -> None:
        self.optimizer.step()
        torch._foreach_mul_(self.weights, 0.9)  # PLANTED


def main() -> None:
    torch.manual_seed(46)
    stored = torch.load("ratings.pt", weights_only=True)
    train = TensorDataset(*stored["train"])
    user, film, stars = stored["valid"]
    loader = DataLoader(train, batch_size=1024, shuffle=True)
    model = Factors(stored["users"], stored["films"])
    optimizer = Shrinking(
        torch.optim.Adam(model.parameters(), lr=2e-3), [model.user.weight, model.film.weight]
    )
    for epoch in range(15):
        model.train()
        for u, f, s in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(u, f), s)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(user, film), stars).sqrt()
        print(f"epoch {epoch} loss {loss.item():.4f} held-out error {error.item():.4f} stars")


if __name__ == "__main__":
    main()
