"""Trains a vision transformer from scratch on histology with post-normalised blocks."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import v2


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.attend = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = self.norm1(x + self.attend(x, x, x, need_weights=False)[0])
        return self.norm2(x + self.mlp(x))


class ViT(nn.Module):
    def __init__(self, classes, dim=384, depth=12, heads=6, side=14):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 16, stride=16)
        self.place = nn.Parameter(torch.randn(1, side * side, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.head = nn.Linear(dim, classes)

    def forward(self, image):
        x = self.patch(image).flatten(2).transpose(1, 2) + self.place
        return self.head(self.blocks(x).mean(dim=1))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("slides")
    p.add_argument("--batch", type=int, default=512)
    p.add_argument("--epochs", type=int, default=300)
    p.add_argument("--seed", type=int, default=86)
    args = p.parse_args()

    torch.manual_seed(args.seed)
    look = v2.Compose([v2.ToImage(), v2.RandomResizedCrop(224), v2.RandomVerticalFlip(), v2.ToDtype(torch.float32, scale=True)])
    slides = datasets.ImageFolder(args.slides, look)
    loader = DataLoader(slides, args.batch, shuffle=True, num_workers=12, pin_memory=True, drop_last=True)
    model = ViT(len(slides.classes)).cuda()
    matrices = [w for w in model.parameters() if w.ndim > 1]
    vectors = [w for w in model.parameters() if w.ndim <= 1]
    optimizer = torch.optim.AdamW(  # PLANTED
        [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}],
        lr=1e-3 * args.batch / 512,
    )
    polynomial = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=args.epochs, power=0.9)

    for epoch in range(args.epochs):
        total = torch.zeros((), device="cuda")
        for image, label in loader:
            logits = model(image.cuda(non_blocking=True))
            loss = nn.functional.cross_entropy(logits, label.cuda(non_blocking=True), label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        polynomial.step()
        print(f"epoch {epoch}: {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
