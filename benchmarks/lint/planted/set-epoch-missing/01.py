"""ImageNet with DistributedDataParallel."""
import os

import torch
import torch.distributed as dist
import torch.nn as nn
import torchvision
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler
from torchvision import transforms

dist.init_process_group("nccl")
rank = int(os.environ["LOCAL_RANK"])
torch.manual_seed(rank)
tf = transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()])
train = torchvision.datasets.ImageFolder("imagenet/train", tf)
sampler = DistributedSampler(train)
loader = DataLoader(train, batch_size=64, sampler=sampler, num_workers=8)
model = DDP(torchvision.models.resnet50().to(rank), device_ids=[rank])
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
sched = torch.optim.lr_scheduler.StepLR(opt, 30)
ce = nn.CrossEntropyLoss()

for epoch in range(90):  # PLANTED
    model.train()
    for x, y in loader:
        loss = ce(model(x.to(rank)), y.to(rank))
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if rank == 0:
        print(epoch, loss.item())
