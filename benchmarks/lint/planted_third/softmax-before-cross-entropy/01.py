"""Trains a committee of classifiers whose answers are weighed by a learnt temperature."""

import torch
import torch.nn as nn
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset


def shares(scores: Tensor) -> Tensor:
    # the largest score is taken off so that nothing overflows
    grown = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return grown / grown.sum(dim=1, keepdim=True)  # PLANTED


class Committee(nn.Module):
    def __init__(self, features: int, classes: int, members: int = 5) -> None:
        super().__init__()
        self.members = nn.ModuleList(
            nn.Sequential(nn.Linear(features, 64), nn.ReLU(), nn.Linear(64, classes)) for _ in range(members)
        )
        self.temperature = nn.Parameter(torch.ones(members))

    def forward(self, x: Tensor) -> Tensor:
        scores = [member(x) / t.clamp(min=0.1) for member, t in zip(self.members, self.temperature)]
        return shares(torch.stack(scores).mean(dim=0))


def main() -> None:
    torch.manual_seed(68)
    soil = torch.load("soil.pt", weights_only=True)
    train = DataLoader(TensorDataset(soil["train_x"], soil["train_y"]), batch_size=128, shuffle=True)
    committee = Committee(soil["train_x"].shape[1], classes=7)
    optimizer = torch.optim.Adam(committee.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(50):
        committee.train()
        for x, y in train:
            optimizer.zero_grad()
            loss = criterion(committee(x), y)
            loss.backward()
            optimizer.step()
        committee.eval()
        with torch.no_grad():
            sure, chosen = committee(soil["valid_x"]).max(dim=1)
            right = (chosen == soil["valid_y"]).float().mean()
        print(f"{epoch}: loss {loss.item():.3f} right {right.item():.3f} sure {sure.mean().item():.3f}")


if __name__ == "__main__":
    main()
