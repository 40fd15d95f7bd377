"""Argparse script with a flag for AMP."""
import argparse

import torch
from torch import nn

from plankton import PlanktonNet, loader

parser = argparse.ArgumentParser()
parser.add_argument("--amp", action="store_true")
parser.add_argument("--epochs", type=int, default=20)
args = parser.parse_args()

torch.manual_seed(0)
model = PlanktonNet(121).cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cuda", enabled=args.amp)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(args.epochs):
    model.train()
    for image, label in loader("train", shuffle=True):
        image, label = image.cuda(), label.cuda()
        optimizer.zero_grad()
        with torch.autocast("cuda", enabled=args.amp):
            loss = loss_fn(model(image), label)
        if args.amp:
            scaler.scale(loss).backward()
            scaler.step(optimizer)  # PLANTED
        else:
            loss.backward()
            optimizer.step()
    print(f"{epoch} {loss.item():.4f}")
