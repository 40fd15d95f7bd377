"""DDP training of an EfficientNet with a one-cycle rate."""
import os

import torch
import torch.distributed as dist
import torchvision
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from food import Food101Tensor


def main():
    dist.init_process_group(backend="nccl")
    local_rank = int(os.environ["LOCAL_RANK"])
    torch.manual_seed(local_rank)
    dataset = Food101Tensor("train")
    sampler = DistributedSampler(dataset)
    loader = DataLoader(dataset, batch_size=64, sampler=sampler, num_workers=4)
    model = torchvision.models.efficientnet_b0(num_classes=101).to(local_rank)
    model = DistributedDataParallel(model, device_ids=[local_rank])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.4, epochs=20, steps_per_epoch=len(loader))
    criterion = torch.nn.CrossEntropyLoss()
    for epoch in range(20):
        sampler.set_epoch(epoch)
        model.train()
        for image, label in loader:
            image, label = image.to(local_rank), label.to(local_rank)
            optimizer.zero_grad(set_to_none=True)
            scheduler.step()  # PLANTED
            loss = criterion(model(image), label)
            loss.backward()
            optimizer.step()
        if local_rank == 0:
            print(f"epoch {epoch} loss {loss.item():.3f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
