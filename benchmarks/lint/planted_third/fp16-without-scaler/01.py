"""Denoising diffusion of fashion sketches, driven by one nested dictionary."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST

from unet import SmallUNet

CONFIG = {
    "seed": 30,
    "data": {"root": "data", "batch_size": 128, "workers": 4},
    "diffusion": {"steps": 1000, "first_beta": 1e-4, "last_beta": 0.02},
    "optimizer": {"lr": 2e-4, "betas": (0.9, 0.999)},
    "precision": {"device_type": "cuda", "dtype": "float16"},
    "epochs": 60,
}


def precision(device_type, dtype):
    return torch.autocast(device_type, dtype=getattr(torch, dtype))


def noise_schedule(steps, first_beta, last_beta):
    return torch.cumprod(1 - torch.linspace(first_beta, last_beta, steps), dim=0)


def train(cfg):
    torch.manual_seed(cfg["seed"])
    to_range = transforms.Compose([transforms.Pad(2), transforms.ToTensor(), lambda x: 2 * x - 1])
    sketches = FashionMNIST(cfg["data"]["root"], train=True, download=True, transform=to_range)
    loader = DataLoader(
        sketches, cfg["data"]["batch_size"], shuffle=True, num_workers=cfg["data"]["workers"]
    )
    kept = noise_schedule(**cfg["diffusion"]).cuda()
    net = SmallUNet(channels=1, width=64).cuda()
    optimizer = torch.optim.Adam(net.parameters(), **cfg["optimizer"])

    for epoch in range(cfg["epochs"]):
        total = torch.zeros((), device="cuda")
        for clean, _ in loader:
            clean = clean.cuda(non_blocking=True)
            t = torch.randint(len(kept), (len(clean),), device="cuda")
            share = kept[t].view(-1, 1, 1, 1)
            noise = torch.randn_like(clean)
            noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
            with precision(**cfg["precision"]):
                loss = F.mse_loss(net(noisy, t), noise)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # PLANTED
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch}: {total.item() / len(loader):.5f}")


if __name__ == "__main__":
    train(CONFIG)
