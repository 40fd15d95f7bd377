"""Train a recommender on clicks; every few thousand batches its ranking is measured."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from clicks import ClickLog


class TwoTower(nn.Module):
    def __init__(self, users: int, items: int, dim: int = 64) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(users, dim), nn.Embedding(items, dim)
        self.mix = nn.Sequential(
            nn.Linear(2 * dim, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(128, 1),
        )

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        return self.mix(torch.cat([self.user(user), self.item(item)], dim=1)).squeeze(1)


def log_loss(net: TwoTower, loader: DataLoader[tuple[Tensor, ...]]) -> float:
    total = torch.zeros((), device="cuda")
    with torch.no_grad():
        for user, item, clicked in loader:
            logit = net(user.cuda(), item.cuda())
            total += nn.functional.binary_cross_entropy_with_logits(logit, clicked.cuda())
    return total.item() / len(loader)


def main(every: int = 5000) -> None:
    torch.manual_seed(7)
    train, val = ClickLog("train"), ClickLog("val")
    net = TwoTower(train.num_users, train.num_items).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    val_loader = DataLoader(val, batch_size=8192)
    step = 0
    for epoch in range(3):
        net.train()
        for user, item, clicked in DataLoader(train, batch_size=2048, shuffle=True):
            logit = net(user.cuda(), item.cuda())
            loss = nn.functional.binary_cross_entropy_with_logits(logit, clicked.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            step += 1
            if step % every == 0:
                net.eval()  # PLANTED
                held_out = log_loss(net, val_loader)
                print(f"epoch {epoch} step {step} loss {loss.item():.4f} val {held_out:.4f}")


if __name__ == "__main__":
    main()
