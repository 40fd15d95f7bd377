"""Train a point-cloud segmenter; the time of every step is kept for a histogram."""

import statistics
import time

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from s3dis import IndoorScenes, PointTransformer

torch.manual_seed(13)
net = PointTransformer(classes=13).cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=5e-4)
warm = torch.optim.lr_scheduler.LinearLR(opt, 1e-2, total_iters=500)
scenes = DataLoader(IndoorScenes("area_1-4", 4096), batch_size=16, shuffle=True, num_workers=8)

for epoch in range(100):
    times, total = [], torch.zeros((), device="cuda")
    for cloud, part in scenes:
        begin = time.perf_counter()
        logits = net(cloud.cuda(non_blocking=True))
        loss = F.cross_entropy(logits.transpose(1, 2), part.cuda(non_blocking=True))
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        warm.step()
        torch.cuda.synchronize()  # PLANTED
        times.append(time.perf_counter() - begin)
        total += loss.detach()
    mean = total.item() / len(scenes)
    print(f"epoch {epoch} loss {mean:.4f}  median step {1000 * statistics.median(times):.1f} ms")
