"""Transformer for translation with the rate of the first paper."""
import torch
from torch import nn

from nmt import Transformer, batches, PAD

torch.manual_seed(3)
D, WARMUP = 512, 4000
net = Transformer(d=D).cuda()
opt = torch.optim.Adam(net.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
noam = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: D**-0.5 * min((s + 1) ** -0.5, (s + 1) * WARMUP**-1.5))
ce = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
for epoch in range(20):
    net.train()
    for src, tgt in batches("train", tokens=25_000):
        logits = net(src.cuda(), tgt[:, :-1].cuda())
        loss = ce(logits.transpose(1, 2), tgt[:, 1:].cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    noam.step()  # PLANTED
    print(epoch, loss.item())
