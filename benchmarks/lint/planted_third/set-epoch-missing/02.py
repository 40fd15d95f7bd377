"""Trains a depth estimator with Fabric and samplers of its own."""

from lightning.fabric import Fabric, seed_everything

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def sampler_for(data, fabric, train):
    return DistributedSampler(
        data, num_replicas=fabric.world_size, rank=fabric.global_rank, shuffle=train, drop_last=train
    )


def depth_net():
    down = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU()]
    up = [nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)]
    return nn.Sequential(*down, *up)


def scale_free(predicted, depth):
    """Scale-invariant error of Eigen et al. 2014, arXiv:1406.2283, section 3.2."""
    d = predicted - depth.clamp(min=1e-3).log()
    return d.square().mean() - 0.5 * d.mean().square()


def main():
    fabric = Fabric(accelerator="cuda", devices=4, strategy="ddp", precision="bf16-mixed")
    fabric.launch()
    seed_everything(90)

    rooms = torch.load("rooms.pt", weights_only=True)
    loaders = {}
    for part in ("train", "valid"):
        data = TensorDataset(rooms[part]["image"], rooms[part]["depth"])
        sampler = sampler_for(data, fabric, part == "train")
        loaders[part] = DataLoader(data, batch_size=24, sampler=sampler, pin_memory=True)

    net = depth_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net, optimizer = fabric.setup(net, optimizer)

    epochs = 40
    for epoch in range(epochs):  # PLANTED
        net.train()
        for image, depth in loaders["train"]:
            image, depth = fabric.to_device((image, depth))
            loss = scale_free(net(image), depth)
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()

        net.eval()
        with torch.no_grad():
            batches = map(fabric.to_device, loaders["valid"])
            errors = torch.stack([scale_free(net(image), depth) for image, depth in batches])
        mean = fabric.all_reduce(errors.mean(), reduce_op="mean")
        fabric.print(f"{epoch + 1}/{epochs}: train {loss.item():.4f} valid {mean.item():.4f}")


if __name__ == "__main__":
    main()
