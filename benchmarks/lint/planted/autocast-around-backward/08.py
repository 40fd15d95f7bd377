"""Accumulation and AMP for high-resolution segmentation."""
import torch
import torch.nn as nn

from cityscapes import loader, SegFormer

torch.manual_seed(18)
ACC = 4
net = SegFormer(19).cuda()
opt = torch.optim.Adam(net.parameters(), lr=6e-5)
poly = torch.optim.lr_scheduler.PolynomialLR(opt, total_iters=40_000)
scaler = torch.amp.GradScaler("cuda")
ce = nn.CrossEntropyLoss(ignore_index=255)

net.train()
opt.zero_grad()
for i, (img, mask) in enumerate(loader("train", shuffle=True)):
    with torch.amp.autocast("cuda", dtype=torch.float16):
        logits = nn.functional.interpolate(net(img.cuda()), scale_factor=4, mode="bilinear")
        loss = ce(logits, mask.cuda()) / ACC
        scaler.scale(loss).backward()  # PLANTED
    if (i + 1) % ACC == 0:
        scaler.unscale_(opt)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        opt.zero_grad()
        poly.step()
    if i % 200 == 0:
        print(i, loss.item() * ACC)
