"""Masked autoencoder pre-training on small images."""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


@dataclass
class Hyper:
    base_lr: float = 1.5e-4
    min_lr: float = 0.0
    warmup_epochs: int = 10
    epochs: int = 100
    batch_size: int = 512
    mask_ratio: float = 0.75
    weight_decay: float = 0.05
    seed: int = 0


class HalfCycleCosine:
    """Sets the rate that the coming update is to use."""

    def __init__(self, optimizer, hyper, steps_per_epoch):
        self.optimizer = optimizer
        self.h = hyper
        self.n = steps_per_epoch
        self.count = 0

    def rate(self, epoch):
        h = self.h
        if epoch < h.warmup_epochs:
            return h.base_lr * epoch / h.warmup_epochs
        done = (epoch - h.warmup_epochs) / (h.epochs - h.warmup_epochs)
        return h.min_lr + (h.base_lr - h.min_lr) * 0.5 * (1.0 + math.cos(math.pi * done))

    def step(self):
        self.count += 1
        lr = self.rate(self.count / self.n)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        return lr


class TinyMAE(nn.Module):
    def __init__(self, patch=4, size=32, dim=192, depth=6, heads=3):
        super().__init__()
        self.patch, self.n = patch, (size // patch) ** 2
        layer = lambda: nn.TransformerEncoderLayer(dim, heads, 4 * dim, 0.0, "gelu", batch_first=True, norm_first=True)
        self.embed = nn.Linear(3 * patch * patch, dim)
        self.pos = nn.Parameter(torch.randn(1, self.n, dim) * 0.02)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.encoder = nn.TransformerEncoder(layer(), depth, enable_nested_tensor=False)
        self.decoder = nn.TransformerEncoder(layer(), 2, enable_nested_tensor=False)
        self.head = nn.Linear(dim, 3 * patch * patch)

    def forward(self, imgs, ratio):
        patches = nn.functional.unfold(imgs, self.patch, stride=self.patch).transpose(1, 2)
        b, n, _ = patches.shape
        keep = int(n * (1 - ratio))
        order = torch.rand(b, n, device=imgs.device).argsort(1)
        x = self.embed(patches) + self.pos
        idx = order[:, :keep, None].expand(-1, -1, x.size(-1))
        enc = self.encoder(x.gather(1, idx))
        full = self.mask_token.expand(b, n, -1).to(enc.dtype).scatter(1, idx, enc) + self.pos
        pred = self.head(self.decoder(full))
        hidden = torch.ones(b, n, device=imgs.device).scatter(1, order[:, :keep], 0.0)
        return ((pred - patches).pow(2).mean(-1) * hidden).sum() / hidden.sum()


def grouped(model, decay):
    flat = [p for n, p in model.named_parameters() if p.ndim < 2 or n in ("pos", "mask_token")]
    mats = [p for n, p in model.named_parameters() if not (p.ndim < 2 or n in ("pos", "mask_token"))]
    return [{"params": mats, "weight_decay": decay}, {"params": flat, "weight_decay": 0.0}]


def main(h=Hyper()):
    torch.manual_seed(h.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tfm = transforms.Compose([transforms.RandomResizedCrop(32, (0.5, 1.0)), transforms.RandomHorizontalFlip(),
                              transforms.ToTensor(), transforms.Normalize([0.49, 0.48, 0.45], [0.25, 0.24, 0.26])])
    loader = DataLoader(datasets.CIFAR10("data", True, tfm, download=True), h.batch_size, shuffle=True,
                        num_workers=8, drop_last=True)
    model = TinyMAE().to(device)
    optimizer = torch.optim.AdamW(grouped(model, h.weight_decay), lr=h.base_lr, betas=(0.9, 0.95))
    scheduler = HalfCycleCosine(optimizer, h, len(loader))
    model.train()
    for epoch in range(h.epochs):
        total = torch.zeros((), device=device)
        for i, (imgs, _) in enumerate(loader):
            loss = model(imgs.to(device), h.mask_ratio)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            lr = scheduler.step()
            optimizer.step()
            total += loss.detach()
            if i % 50 == 0:
                print(f"epoch {epoch} it {i} loss {loss.item():.4f} lr {lr:.2e}")
        print(f"epoch {epoch} mean loss {total.item() / len(loader):.4f}")
    torch.save(model.encoder.state_dict(), "mae_encoder.pt")


if __name__ == "__main__":
    main()
