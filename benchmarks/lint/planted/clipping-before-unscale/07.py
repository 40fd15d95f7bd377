"""Vision transformer, DDP and AMP."""
import os

import timm
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler

from inat import INat


def main():
    dist.init_process_group("nccl")
    gpu = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(gpu)
    torch.manual_seed(gpu)
    ds = INat("train")
    sampler = DistributedSampler(ds)
    loader = DataLoader(ds, 64, sampler=sampler, num_workers=8, pin_memory=True)
    net = DDP(timm.create_model("vit_base_patch16_224", num_classes=10_000).cuda(), device_ids=[gpu])
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1, (s + 1) / 5000))
    scaler = torch.amp.GradScaler("cuda")
    ce = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(100):
        sampler.set_epoch(epoch)
        net.train()
        for x, y in loader:
            with torch.amp.autocast("cuda"):
                loss = ce(net(x.cuda(non_blocking=True)), y.cuda(non_blocking=True))
            opt.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # PLANTED
            scaler.step(opt)
            scaler.update()
            sched.step()
        if gpu == 0:
            print(epoch, loss.item())


if __name__ == "__main__":
    main()
