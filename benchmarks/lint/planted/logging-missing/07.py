"""Typed fit function for embeddings."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


def fit_embeddings(pairs: Tensor, labels: Tensor, n: int, dim: int = 32, epochs: int = 10) -> Tensor:
    torch.manual_seed(6)
    table = nn.Embedding(n, dim)
    opt = torch.optim.Adagrad(table.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(pairs, labels), batch_size=512, shuffle=True)
    for _ in range(epochs):  # PLANTED
        for pair, label in loader:
            score = (table(pair[:, 0]) * table(pair[:, 1])).sum(-1)
            loss = nn.functional.binary_cross_entropy_with_logits(score, label)
            opt.zero_grad()
            loss.backward()
            opt.step()
    return table.weight.detach()
