"""ImageNet with very large batches over 64 devices: the rate is scaled with the batch."""

import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.optim.lr_scheduler import MultiStepLR
from torch.utils.data import DataLoader, DistributedSampler
from torchvision import transforms as T
from torchvision.datasets import ImageFolder
from torchvision.models import resnet50

PER_DEVICE = 128

dist.init_process_group("nccl")
rank, world, gpu = dist.get_rank(), dist.get_world_size(), int(os.environ["LOCAL_RANK"])
torch.cuda.set_device(gpu)
torch.manual_seed(1 + rank)

tf = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor()])
data = ImageFolder("/data/imagenet/train", tf)
sampler = DistributedSampler(data, drop_last=True)
loader = DataLoader(data, PER_DEVICE, sampler=sampler, num_workers=8, pin_memory=True)

model = DDP(nn.SyncBatchNorm.convert_sync_batchnorm(resnet50()).cuda(), device_ids=[gpu])
scaled = 0.1 * PER_DEVICE * world / 256  # 3.2 on 64 devices
optimizer = torch.optim.SGD(model.parameters(), lr=scaled, momentum=0.9, nesterov=True)  # PLANTED
scheduler = MultiStepLR(optimizer, milestones=[30, 60, 80], gamma=0.1)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1).cuda()

for epoch in range(90):
    sampler.set_epoch(epoch)
    model.train()
    for step, (x, y) in enumerate(loader):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x.cuda(non_blocking=True)), y.cuda(non_blocking=True))
        loss.backward()
        optimizer.step()
        if rank == 0 and step % 20 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.3f}", flush=True)
    scheduler.step()
dist.destroy_process_group()
