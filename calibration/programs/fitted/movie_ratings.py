"""Matrix factorisation of a table of ratings."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

USERS, ITEMS, RANK = 150, 100, 6


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(USERS, RANK)
        self.items = nn.Embedding(ITEMS, RANK)
        self.user_bias = nn.Embedding(USERS, 1)
        self.item_bias = nn.Embedding(ITEMS, 1)
        self.offset = nn.Parameter(torch.zeros(1))
        nn.init.normal_(self.users.weight, std=0.1)
        nn.init.normal_(self.items.weight, std=0.1)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.item_bias.weight)

    def forward(self, user, item):
        match = (self.users(user) * self.items(item)).sum(1)
        bias = self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)
        return match + bias + self.offset


def rate(n):
    user, item = torch.randint(USERS, (n,)), torch.randint(ITEMS, (n,))
    generosity, quality = 0.8 * torch.randn(USERS), 0.9 * torch.randn(ITEMS)
    taste, kind = torch.randn(USERS, 2), torch.randn(ITEMS, 2)
    stars = 3.4 + generosity[user] + quality[item] + 0.4 * (taste[user] * kind[item]).sum(1)
    return user, item, stars + 0.25 * torch.randn(n)


def epoch(model, optimizer, data, batch_size, monitor):
    user, item, stars = data
    for rows in torch.randperm(len(stars)).split(batch_size):
        prediction = model(user[rows], item[rows])
        loss = nn.functional.mse_loss(prediction, stars[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)


@torch.no_grad()
def error(model, data):
    user, item, stars = data
    return nn.functional.mse_loss(model(user, item), stars).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    table = rate(9000)
    train = tuple(column[:8000] for column in table)
    held = tuple(column[8000:] for column in table)

    model = Factors()
    optimizer = torch.optim.Adam(
        [
            {"params": model.users.parameters()},
            {"params": model.items.parameters()},
        ],
        lr=0.01,
    )
    config = {"lr": 0.01, "batch_size": 256, "rank": RANK, "epochs": 18}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        epoch(model, optimizer, train, config["batch_size"], monitor)
        monitor.evaluate(loss=error(model, held))
    monitor.close()
    print(f"score: {1 - error(model, held) / held[2].var().item():.4f}")


if __name__ == "__main__":
    main()
