"""Learn to rank documents by pairs, under the precision that autocast takes of itself."""

import functools

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from letor import PairedDocuments

torch.manual_seed(136)


def mixed(forward):
    @functools.wraps(forward)
    def wrapped(*args, **kwargs):
        with torch.autocast("cuda"):
            return forward(*args, **kwargs)

    return wrapped


class Ranker(nn.Module):
    def __init__(self, features: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, 256), nn.GELU(), nn.Linear(256, 64), nn.GELU(), nn.Linear(64, 1)
        )

    @mixed
    def forward(self, x):
        return self.body(x).squeeze(-1)


data = PairedDocuments("mslr/train")
ranker = Ranker(data.num_features).cuda()
optimizer = torch.optim.Adam(ranker.parameters(), lr=5e-4)
for epoch in range(10):
    for i, (better, worse) in enumerate(DataLoader(data, batch_size=1024, shuffle=True)):
        margin = ranker(better.cuda()) - ranker(worse.cuda())
        loss = nn.functional.softplus(-margin.float()).mean()
        optimizer.zero_grad()
        loss.backward()  # PLANTED
        optimizer.step()
        if i % 100 == 0:
            print(f"epoch {epoch} pair batch {i}: {loss.item():.4f}")
