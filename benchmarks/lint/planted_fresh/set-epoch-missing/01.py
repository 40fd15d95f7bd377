"""Fine-tune an image tagger on several processes; the loaders come from a factory."""

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision.models import resnet50

from photos import TaggedPhotos


def make_loader(split, batch_size):
    data = TaggedPhotos(split)
    train = split == "train"
    return DataLoader(
        data,
        batch_size=batch_size,
        sampler=DistributedSampler(data, shuffle=train, drop_last=train),
        num_workers=6,
        pin_memory=True,
    )


def run_epoch(model, loader, optimizer, device):
    model.train()
    total = torch.zeros((), device=device)
    for images, tags in loader:
        loss = F.binary_cross_entropy_with_logits(model(images.to(device)), tags.to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    dist.all_reduce(total)
    return total.item() / (len(loader) * dist.get_world_size())


def main():
    dist.init_process_group("nccl")
    local = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(local)
    torch.manual_seed(700 + dist.get_rank())

    model = DDP(resnet50(num_classes=80).cuda(local), device_ids=[local])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    train = make_loader("train", 64)
    epoch = 0
    while epoch < 36:  # PLANTED
        loss = run_epoch(model, train, optimizer, local)
        epoch += 1
        if dist.get_rank() == 0:
            print(f"epoch {epoch} loss {loss:.4f}", flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
