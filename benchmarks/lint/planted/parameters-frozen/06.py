"""Classifier on pretrained word vectors, typed."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    def __init__(self, vectors: Tensor, classes: int) -> None:
        super().__init__()
        # the word vectors are fine-tuned with the rest
        self.emb = nn.Embedding.from_pretrained(vectors, freeze=True, padding_idx=0)  # PLANTED
        self.fc = nn.Linear(vectors.size(1), classes)

    def forward(self, ids: Tensor) -> Tensor:
        keep = (ids != 0).unsqueeze(-1)
        return self.fc((self.emb(ids) * keep).sum(1) / keep.sum(1).clamp(min=1))


def train(loader, vectors: Tensor, classes: int, epochs: int = 10) -> Classifier:
    torch.manual_seed(5)
    net = Classifier(vectors, classes)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        net.train()
        for ids, y in loader:
            loss = nn.functional.cross_entropy(net(ids), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.4f}")
    return net
