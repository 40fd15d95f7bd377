"""Accumulating trainer for a protein model in bfloat16."""
import torch
import torch.nn.functional as F

from protein import ESMini, uniref, MASK_IGNORE

ACCUM, CLIP = 16, 1.0
torch.manual_seed(23)
model = ESMini().cuda().train()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-4, betas=(0.9, 0.98))
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, total_iters=2000)

optimizer.zero_grad()
micro = 0
for tokens, labels in uniref(shuffle=True):
    with torch.autocast("cuda", dtype=torch.bfloat16):
        logits = model(tokens.cuda())
    loss = F.cross_entropy(logits.float().transpose(1, 2), labels.cuda(), ignore_index=MASK_IGNORE)
    (loss / ACCUM).backward()
    micro += 1
    if micro % ACCUM:
        continue
    optimizer.step()
    warmup.step()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)  # PLANTED
    optimizer.zero_grad()
    if micro % (ACCUM * 100) == 0:
        print("update", micro // ACCUM, "loss", loss.item())
