"""Learn pictures without labels (BYOL): the slow network follows the fast one in place."""

import copy
import math

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from byol import Encoder, Predictor, TwoViews

torch.manual_seed(200)
fast, predict = Encoder(256).cuda().train(), Predictor(256).cuda().train()
slow = copy.deepcopy(fast).requires_grad_(False)
opt = torch.optim.SGD([*fast.parameters(), *predict.parameters()], lr=0.03, momentum=0.9)
views = DataLoader(TwoViews("stl10"), batch_size=256, shuffle=True, drop_last=True, num_workers=8)
total = 100 * len(views)


@torch.no_grad()
def follow(step):
    tau = 1 - 0.004 * (math.cos(math.pi * step / total) + 1) / 2
    for behind, ahead in zip(slow.parameters(), fast.parameters(), strict=True):
        behind.mul_(tau).add_(ahead, alpha=1 - tau)


def one_way(a, b):
    with torch.no_grad():
        target = slow(b)
    return 2 - 2 * F.cosine_similarity(predict(fast(a)), target, dim=1).mean()


step = 0
for epoch in range(100):
    for a, b in views:
        a, b = a.cuda(), b.cuda()
        loss = one_way(a, b) + one_way(b, a)
        opt.zero_grad()
        loss.backward()
        opt.step()
        follow(step)
        step += 1
        if step % 100 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
