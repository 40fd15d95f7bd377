"""Trains ResNet-50 on ImageNet with the recipe of the first paper."""

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, models
from torchvision.transforms import v2

EPOCHS = 90
DECAY_AT = (30, 60, 80)


class Imagenet:
    def __init__(self, rank):
        self.rank = rank
        self.net = DistributedDataParallel(models.resnet50().to(rank), device_ids=[rank])
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)
        self.decay = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, DECAY_AT, gamma=0.1)

    def update(self, image, label):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.criterion(self.net(image), label)
        loss.backward()
        self.optimizer.step()
        self.decay.step()  # PLANTED
        return loss.detach()

    def epoch(self, number, loader):
        self.net.train()
        loader.sampler.set_epoch(number)
        total = torch.zeros((), device=self.rank)
        for image, label in loader:
            total += self.update(
                image.to(self.rank, non_blocking=True), label.to(self.rank, non_blocking=True)
            )
        if self.rank == 0:
            print(f"epoch {number} loss {total.item() / len(loader):.4f}", flush=True)


def main():
    dist.init_process_group("nccl")
    rank = dist.get_rank()
    torch.cuda.set_device(rank)
    torch.manual_seed(1000 + rank)
    looks = v2.Compose(
        [v2.ToImage(), v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32, scale=True)]
    )
    data = datasets.ImageNet("/data/imagenet", split="train", transform=looks)
    loader = DataLoader(data, 64, sampler=DistributedSampler(data), num_workers=8, pin_memory=True)
    training = Imagenet(rank)
    for number in range(EPOCHS):
        training.epoch(number, loader)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
