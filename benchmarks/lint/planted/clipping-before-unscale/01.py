"""AMP training of a CNN with gradient clipping."""
import torch
import torch.nn as nn
from torch.amp import GradScaler, autocast

from imagenette import loader
from models import ConvNet

torch.manual_seed(0)
model = ConvNet(10).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
scaler = GradScaler("cuda")

for epoch in range(20):
    model.train()
    for x, y in loader("train", shuffle=True):
        optimizer.zero_grad()
        with autocast("cuda"):
            loss = criterion(model(x.cuda()), y.cuda())
        scaler.scale(loss).backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)  # PLANTED
        scaler.step(optimizer)
        scaler.update()
    print(epoch, loss.item())
