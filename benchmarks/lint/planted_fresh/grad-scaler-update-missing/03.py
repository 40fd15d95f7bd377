"""Translate chemical names with accumulation of gradients over four batches in float16."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from iupac import PAD, NameTransformer, SmilesToName, collate

EVERY = 4
torch.manual_seed(77)
model = NameTransformer(d_model=256).cuda().train()
loss_fn = nn.CrossEntropyLoss(ignore_index=PAD)
opt = torch.optim.Adam(model.parameters(), lr=5e-4, betas=(0.9, 0.98))
warm = torch.optim.lr_scheduler.LinearLR(opt, 1e-3, total_iters=1000)
scaler = torch.amp.GradScaler("cuda")
loader = DataLoader(SmilesToName("train"), batch_size=64, shuffle=True, collate_fn=collate)

for epoch in range(15):
    opt.zero_grad()
    for i, (smiles, name) in enumerate(loader):
        smiles, name = smiles.cuda(), name.cuda()
        with torch.autocast("cuda", dtype=torch.float16):
            logits = model(smiles, name[:, :-1])
            loss = loss_fn(logits.transpose(1, 2), name[:, 1:])
        scaler.scale(loss / EVERY).backward()
        if (i + 1) % EVERY == 0:
            scaler.unscale_(opt)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(opt)  # PLANTED
            warm.step()
            opt.zero_grad()
        if i % 200 == 0:
            print(f"epoch {epoch} batch {i} loss {loss.item():.3f} scale {scaler.get_scale():.0f}")
