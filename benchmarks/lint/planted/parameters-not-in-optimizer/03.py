"""CLIP-like training with a learned temperature."""
import math

import torch
import torch.nn.functional as F

from clip_data import pairs
from towers import ImageTower, TextTower

torch.manual_seed(2)
img, txt = ImageTower(256).cuda(), TextTower(256).cuda()
log_scale = torch.nn.Parameter(torch.tensor(math.log(1 / 0.07), device="cuda"))
optim = torch.optim.Adam([{"params": img.parameters()}, {"params": txt.parameters()}], lr=1e-4)  # PLANTED

for step, (image, text) in enumerate(pairs(512)):
    zi, zt = F.normalize(img(image.cuda()), dim=-1), F.normalize(txt(text.cuda()), dim=-1)
    logits = log_scale.exp() * zi @ zt.T
    gold = torch.arange(len(logits), device="cuda")
    loss = (F.cross_entropy(logits, gold) + F.cross_entropy(logits.T, gold)) / 2
    optim.zero_grad()
    loss.backward()
    optim.step()
    if step % 100 == 0:
        print(step, loss.item(), log_scale.exp().item())
