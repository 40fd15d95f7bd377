"""GAN over two GPUs."""
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils import data

from gan import Dis, Faces, Gen

dist.init_process_group("nccl")
gpu = int(os.environ["LOCAL_RANK"])
torch.cuda.set_device(gpu)
torch.manual_seed(10 + gpu)
faces = Faces("train")
sampler = data.distributed.DistributedSampler(faces, shuffle=True)
batches = data.DataLoader(faces, 32, sampler=sampler, drop_last=True)
g, d = DDP(Gen().cuda(), [gpu], broadcast_buffers=False), DDP(Dis().cuda(), [gpu], broadcast_buffers=False)
og = torch.optim.Adam(g.parameters(), 2e-4, (0.0, 0.99))
od = torch.optim.Adam(d.parameters(), 2e-4, (0.0, 0.99))
sp = torch.nn.functional.softplus

for epoch in range(200):  # PLANTED
    for real in batches:
        fake = g(torch.randn(32, 256, device=gpu))
        ld = sp(d(fake.detach())).mean() + sp(-d(real.cuda())).mean()
        od.zero_grad()
        ld.backward()
        od.step()
        lg = sp(-d(fake)).mean()
        og.zero_grad()
        lg.backward()
        og.step()
    if gpu == 0:
        print(epoch, ld.item(), lg.item())
