"""Classify grains of pollen; the one-cycle schedule moves once an epoch, and is told so."""

import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader
from torchvision.models import shufflenet_v2_x1_0

from pollen import Grains

torch.manual_seed(18)
EPOCHS = 80
loader = DataLoader(Grains("train"), batch_size=64, shuffle=True, num_workers=4)
model = shufflenet_v2_x1_0(num_classes=12).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
scheduler = OneCycleLR(optimizer, max_lr=0.2, epochs=EPOCHS, steps_per_epoch=1, pct_start=0.2)
criterion = nn.CrossEntropyLoss()

for epoch in range(EPOCHS):
    model.train()
    total = torch.zeros((), device="cuda")
    for grain, kind in loader:
        optimizer.zero_grad()
        loss = criterion(model(grain.cuda()), kind.cuda())
        loss.backward()
        optimizer.step()
        total += loss.detach()
    rate = scheduler.get_last_lr()[0]
    if epoch < EPOCHS - 1:
        scheduler.step()
    print(f"epoch {epoch:2d} loss {total.item() / len(loader):.4f} lr {rate:.4f}")
