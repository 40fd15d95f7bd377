"""Matching pictures and their alt texts by two towers, precision bound once by a partial."""

from functools import partial

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from towers import AltTextPairs, ImageTower, TextTower, collate

bf16 = partial(torch.cuda.amp.autocast, dtype=torch.bfloat16)  # PLANTED

torch.manual_seed(400)
image_tower, text_tower = ImageTower(256).cuda(), TextTower(256).cuda()
log_scale = torch.nn.Parameter(torch.tensor(2.6593, device="cuda"))
weights = [*image_tower.parameters(), *text_tower.parameters(), log_scale]
opt = torch.optim.Adam(weights, lr=5e-4, betas=(0.9, 0.98))
warm = torch.optim.lr_scheduler.LinearLR(opt, 1e-3, total_iters=2000)
pairs = DataLoader(
    AltTextPairs("shards/"), batch_size=1024, shuffle=True, drop_last=True, collate_fn=collate
)


def contrast(images, texts):
    with bf16():
        u, v = image_tower(images), text_tower(texts)
    u, v = F.normalize(u.float(), dim=1), F.normalize(v.float(), dim=1)
    sims = log_scale.exp() * u @ v.T
    own = torch.arange(len(sims), device=sims.device)
    return (F.cross_entropy(sims, own) + F.cross_entropy(sims.T, own)) / 2


image_tower.train()
text_tower.train()
for epoch in range(16):
    for i, (images, texts) in enumerate(pairs):
        loss = contrast(images.cuda(), texts.cuda())
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        opt.step()
        warm.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} loss {loss.item():.3f}")
