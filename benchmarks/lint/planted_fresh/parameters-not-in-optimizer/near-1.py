"""Click prediction with a sparse table and a dense tower, each under an optimizer that suits it."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WideDeep(nn.Module):
    def __init__(self, ids: int, dim: int, dense: int):
        super().__init__()
        self.table = nn.EmbeddingBag(ids, dim, mode="sum", sparse=True)
        self.tower = nn.Sequential(nn.Linear(dim + dense, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, ids, dense):
        return self.tower(torch.cat([self.table(ids), dense], dim=1)).squeeze(1)


torch.manual_seed(64)
d = torch.load("clicklog.pt", weights_only=True)
loader = DataLoader(TensorDataset(d["ids"], d["dense"], d["click"].float()), 4096, shuffle=True)
model = WideDeep(10_000_000, 32, d["dense"].size(1))
dense_opt = torch.optim.Adam(model.tower.parameters(), lr=1e-3)
table_opt = torch.optim.SparseAdam(model.table.parameters(), lr=1e-3)
loss_fn = nn.BCEWithLogitsLoss()

for epoch in range(4):
    total = torch.zeros(())
    for ids, dense, click in loader:
        for o in (dense_opt, table_opt):
            o.zero_grad()
        loss = loss_fn(model(ids, dense), click)
        loss.backward()
        for o in (dense_opt, table_opt):
            o.step()
        total += loss.detach()
    print(f"epoch {epoch}: logloss {total.item() / len(loader):.4f}")
