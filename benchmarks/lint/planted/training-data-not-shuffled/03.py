"""Loaders come from a dictionary of splits."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from tabular import TableDataset, MLP

torch.manual_seed(11)
sets = {s: TableDataset(f"{s}.parquet") for s in ("train", "valid")}
loaders = {
    "train": DataLoader(sets["train"], batch_size=256, drop_last=True),  # PLANTED
    "valid": DataLoader(sets["valid"], batch_size=1024),
}
model = MLP(sets["train"].width)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(20):
    model.train()
    for x, y in loaders["train"]:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(x).squeeze(-1), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        val = torch.stack([F.binary_cross_entropy_with_logits(model(x).squeeze(-1), y) for x, y in loaders["valid"]])
    print(epoch, loss.item(), val.mean().item())
