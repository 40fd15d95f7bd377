"""Rare diseases: draw classes evenly, with the settings of the loaders kept in one place."""

import torch
from torch import nn
from torch.utils.data import DataLoader, WeightedRandomSampler
from torchvision.models import densenet121

from retina import Fundus

torch.manual_seed(35)
train, val = Fundus("train"), Fundus("val")
per_class = torch.bincount(torch.as_tensor(train.labels))
draw = WeightedRandomSampler((1.0 / per_class)[train.labels], num_samples=len(train))

shared = {"batch_size": 32, "num_workers": 8, "pin_memory": True, "persistent_workers": True}
for_train = {**shared, "shuffle": True, "drop_last": True}
train_loader = DataLoader(train, sampler=draw, **for_train)  # PLANTED
val_loader = DataLoader(val, **shared)

model = densenet121(num_classes=len(per_class)).cuda()
opt = torch.optim.Adam(model.parameters(), lr=2e-4)
for epoch in range(40):
    model.train()
    for x, y in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        opt.step()

    model.eval()
    hit = torch.zeros(len(per_class), device="cuda")
    seen = torch.zeros(len(per_class), device="cuda")
    with torch.no_grad():
        for x, y in val_loader:
            y = y.cuda()
            hit.index_add_(0, y, (model(x.cuda()).argmax(1) == y).float())
            seen.index_add_(0, y, torch.ones_like(y, dtype=torch.float))
    recall = (hit / seen.clamp(min=1)).mean().item()
    print(f"epoch {epoch} loss {loss.item():.3f} balanced accuracy {recall:.3f}")
