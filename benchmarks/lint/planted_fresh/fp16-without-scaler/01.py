"""Train a click-through model of embeddings and crosses, cast to half for speed."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from criteo import CriteoDay, NUM_BUCKETS


class CrossNet(nn.Module):
    def __init__(self, fields=26, dense=13, dim=16):
        super().__init__()
        self.tables = nn.Embedding(fields * NUM_BUCKETS, dim)
        self.register_buffer("offset", torch.arange(fields) * NUM_BUCKETS)
        width = fields * dim + dense
        self.crosses = nn.ModuleList([nn.Linear(width, width) for _ in range(3)])
        self.score = nn.Linear(width, 1)

    def forward(self, dense, sparse):
        x0 = torch.cat([dense, self.tables(sparse + self.offset).flatten(1)], dim=1)
        x = x0
        for cross in self.crosses:
            x = x0 * cross(x) + x
        return self.score(x).squeeze(1)


torch.manual_seed(23)
model = CrossNet().cuda().half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
bce = nn.BCEWithLogitsLoss()

for day in range(6):
    loader = DataLoader(CriteoDay(day), batch_size=4096, shuffle=True, num_workers=4)
    for i, (dense, sparse, click) in enumerate(loader):
        logit = model(dense.cuda().half(), sparse.cuda())
        loss = bce(logit.float(), click.cuda().float())
        optimizer.zero_grad()
        loss.backward()  # PLANTED
        optimizer.step()
        if i % 1000 == 0:
            print(f"day {day} batch {i} log loss {loss.item():.4f}")
