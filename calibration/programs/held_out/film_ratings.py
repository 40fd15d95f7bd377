"""Predict film ratings from who rated and what was rated."""

import argparse

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

USERS, FILMS = 200, 150
EMBEDDING_LR = 2.0
config = {"lr": 2e-3, "batch_size": 128, "dim": 12, "epochs": 8}


def sample_ratings(n, taste, style):
    user, film = torch.randint(USERS, (n,)), torch.randint(FILMS, (n,))
    rating = (taste[user] * style[film]).sum(1) + 0.2 * torch.randn(n)
    return user, film, rating


class RatingModel(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.users = nn.Embedding(USERS, dim)
        self.films = nn.Embedding(FILMS, dim)
        for table in (self.users, self.films):
            nn.init.normal_(table.weight, std=0.3)
        self.head = nn.Sequential(nn.Linear(2 * dim, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, user, film):
        u, f = self.users(user), self.films(film)
        return (u * f).sum(1) + self.head(torch.cat([u, f], dim=1)).squeeze(1)


taste, style = torch.randn(USERS, 3), torch.randn(FILMS, 3) / 3**0.5
user, film, rating = sample_ratings(8000, taste, style)
test_user, test_film, test_rating = sample_ratings(1500, taste, style)

model = RatingModel(config["dim"])
optimizer = torch.optim.Adam(
    [
        {"params": [*model.users.parameters(), *model.films.parameters()], "lr": EMBEDDING_LR},
        {"params": model.head.parameters(), "lr": config["lr"]},
    ]
)
criterion = nn.MSELoss()
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

for epoch in range(config["epochs"]):
    for idx in torch.randperm(len(rating)).split(config["batch_size"]):
        loss = criterion(model(user[idx], film[idx]), rating[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
    with torch.no_grad():
        error = criterion(model(test_user, test_film), test_rating).item()
    monitor.evaluate(loss=error)
    print(f"epoch {epoch + 1}: test mse {error:.3f}")

monitor.close()
print(f"score: {1 - error / test_rating.var(unbiased=False).item():.4f}")
