"""Predict what a shopper buys next, by a GRU over histories short and long."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from baskets import Shoppers

log = logging.getLogger("baskets")
EMPTY = 0  # no product has this number


def batch_up(histories: Sequence[Tensor]) -> Tensor:
    longest = max(map(len, histories))
    out = torch.full((len(histories), longest), EMPTY)
    for row, history in zip(out, histories, strict=True):
        row[: len(history)] = history
    return out


class NextProduct(nn.Module):
    def __init__(self, products: int, dim: int = 128) -> None:
        super().__init__()
        self.product = nn.Embedding(products + 1, dim, padding_idx=EMPTY)
        self.memory = nn.GRU(dim, dim, batch_first=True)
        self.score = nn.Linear(dim, products + 1)

    def forward(self, history: Tensor) -> Tensor:
        return self.score(self.memory(self.product(history))[0])


def token_loss(scores: Tensor, bought: Tensor) -> Tensor:
    flat = scores.flatten(0, 1), bought.flatten()
    nats = nn.functional.cross_entropy(*flat, reduction="sum")  # PLANTED
    return nats / bought.numel()


def main() -> None:
    torch.manual_seed(49)
    shoppers = Shoppers("instacart/train")
    net = NextProduct(shoppers.num_products).cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(shoppers, batch_size=256, shuffle=True, collate_fn=batch_up)
    for epoch in range(10):
        for i, history in enumerate(loader):
            history = history.cuda()
            loss = token_loss(net(history[:, :-1]), history[:, 1:])
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 100 == 0:
                log.info("epoch %d batch %d nats %.3f", epoch, i, loss.item())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
