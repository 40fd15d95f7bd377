"""Siamese network on pairs, loops over micro-batches cut from one batch."""
import torch
import torch.nn as nn

from pairs import pair_loader
from encoder import Encoder

torch.manual_seed(14)
enc = Encoder().cuda()
opt = torch.optim.Adam(enc.parameters(), lr=1e-4)
cos = nn.CosineEmbeddingLoss(margin=0.2)
MICRO = 16

for epoch in range(10):
    enc.train()
    for a, b, y in pair_loader(batch_size=256, shuffle=True):
        opt.zero_grad()
        for aa, bb, yy in zip(a.split(MICRO), b.split(MICRO), y.split(MICRO)):
            loss = cos(enc(aa.cuda()), enc(bb.cuda()), yy.cuda())
            loss.backward()  # PLANTED
        opt.step()
    print("epoch", epoch, "loss", loss.item())
