"""Collaborative filtering: who likes which film, by learned embeddings."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

USERS, FILMS = 400, 200


class Recommender(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.user = nn.Embedding(USERS, dim)
        self.film = nn.Embedding(FILMS, dim)
        self.user_bias = nn.Embedding(USERS, 1)
        self.film_bias = nn.Embedding(FILMS, 1)
        for table in (self.user, self.film):
            nn.init.normal_(table.weight, std=0.3)
        for table in (self.user_bias, self.film_bias):
            nn.init.zeros_(table.weight)

    def forward(self, pairs):
        u, f = pairs[:, 0], pairs[:, 1]
        dot = (self.user(u) * self.film(f)).sum(dim=1)
        return dot + self.user_bias(u).squeeze(1) + self.film_bias(f).squeeze(1)


def ratings(n):
    pairs = torch.stack([torch.randint(0, USERS, (n,)), torch.randint(0, FILMS, (n,))], dim=1)
    taste, style = torch.randn(USERS, 3), torch.randn(FILMS, 3)
    liking = (taste[pairs[:, 0]] * style[pairs[:, 1]]).sum(1) / 3**0.5
    liking = liking + 0.5 * torch.randn(USERS)[pairs[:, 0]] + 0.3 * torch.randn(n)
    return pairs, (liking - liking.mean()) / liking.std()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    cfg = {"lr": 0.03, "batch_size": 256, "epochs": 8, "dim": 8, "weight_decay": 1e-5}
    pairs, score = ratings(20000)
    train = TensorDataset(pairs[:16000], score[:16000])
    val_pairs, val_score = pairs[16000:], score[16000:]
    loader = DataLoader(train, cfg["batch_size"], shuffle=True)

    model = Recommender(cfg["dim"])
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["lr"], weight_decay=cfg["weight_decay"])
    mse = nn.MSELoss()
    monitor = Monitor(args.out, model, optimizer, cfg, activations=True, judge=False)

    for epoch in range(cfg["epochs"]):
        for xb, yb in loader:
            loss = mse(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        with torch.no_grad():
            val = mse(model(val_pairs), val_score).item()
        monitor.evaluate(loss=val)
        print(f"epoch {epoch + 1}: val mse {val:.4f}")

    monitor.close()
    print(f"score: {1 - val / val_score.var().item():.4f}")


if __name__ == "__main__":
    main()
