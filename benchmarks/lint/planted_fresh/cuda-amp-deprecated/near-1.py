"""Inpaint masked photographs, with the mixed precision of torch.amp under a short name."""

import torch
import torch.amp as amp
import torch.nn.functional as F
from torch.utils.data import DataLoader

from inpainting import HolePhotos, PartialConvNet

torch.manual_seed(512)
torch.cuda.set_device(0)
net = PartialConvNet().cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=2e-4)
scaler = amp.GradScaler("cuda")
loader = DataLoader(HolePhotos("places/train"), batch_size=16, shuffle=True, num_workers=8)

for epoch in range(10):
    torch.cuda.reset_peak_memory_stats()
    for i, (photo, mask) in enumerate(loader):
        photo, mask = photo.cuda(), mask.cuda()
        with amp.autocast("cuda", dtype=torch.float16):
            filled = net(photo * mask, mask)
        hole = F.l1_loss(filled.float() * (1 - mask), photo * (1 - mask))
        loss = 6 * hole + F.l1_loss(filled.float() * mask, photo * mask)
        opt.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if i % 100 == 0:
            peak = torch.cuda.max_memory_allocated() / 2**30
            print(f"epoch {epoch} batch {i} loss {loss.item():.4f} peak {peak:.1f} GiB")
