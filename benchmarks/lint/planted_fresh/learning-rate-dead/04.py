"""Train ImageNet on eight GPUs, the rate scaled by the size of the whole batch."""

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, DistributedSampler
from torchvision import transforms as T
from torchvision.datasets import ImageNet
from torchvision.models import resnet50

EPOCHS, PER_GPU, GPUS = 90, 128, 8
RATE = 1.6 * (PER_GPU * GPUS // 4096)  # PLANTED


def main() -> None:
    dist.init_process_group("nccl", world_size=GPUS)
    gpu = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(gpu)
    torch.manual_seed(90)
    view = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor()])
    images = ImageNet("imagenet", split="train", transform=view)
    sampler = DistributedSampler(images, shuffle=True)
    loader = DataLoader(images, PER_GPU, sampler=sampler, num_workers=12, pin_memory=True)
    net = DDP(resnet50().cuda(), device_ids=[gpu])
    opt = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.1, total_iters=5)
    falls = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[25, 55, 75])
    sched = torch.optim.lr_scheduler.SequentialLR(opt, [warm, falls], milestones=[5])
    net.train()
    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        for i, (image, label) in enumerate(loader):
            image, label = image.cuda(non_blocking=True), label.cuda(non_blocking=True)
            loss = F.cross_entropy(net(image), label)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            if gpu == 0 and i % 200 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.3f}", flush=True)
        sched.step()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
