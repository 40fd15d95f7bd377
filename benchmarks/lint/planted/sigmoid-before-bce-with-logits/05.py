"""Click-through prediction with wide and deep parts."""
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_logits


@dataclass
class Sizes:
    fields: int = 26
    buckets: int = 100_000
    dim: int = 16


class WideDeep(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.wide = nn.EmbeddingBag(s.buckets, 1, mode="sum")
        self.emb = nn.Embedding(s.buckets, s.dim)
        self.deep = nn.Sequential(nn.Linear(s.fields * s.dim, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, ids: Tensor) -> Tensor:
        return (self.wide(ids) + self.deep(self.emb(ids).flatten(1))).squeeze(1)


def fit(loader, sizes: Sizes = Sizes(), epochs: int = 3) -> WideDeep:
    torch.manual_seed(26)
    model = WideDeep(sizes)
    opt = torch.optim.Adagrad(model.parameters(), lr=0.02)
    for epoch in range(epochs):
        for n, (ids, clicked) in enumerate(loader):
            ctr = model(ids).sigmoid()  # PLANTED
            loss = bce_logits(ctr, clicked.float())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if n % 1000 == 0:
                print(f"{epoch}/{n} logloss {loss.item():.4f}")
    return model
