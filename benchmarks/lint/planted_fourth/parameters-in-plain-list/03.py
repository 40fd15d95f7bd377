# Deep visual prompt tuning: frozen ViT, learned prompt tokens in front of every block.
import math
import sys

import timm
import torch
import torch.nn as nn
from timm.data import create_transform, resolve_data_config
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder


class PromptedViT(nn.Module):
    def __init__(self, arch: str, num_classes: int, n_prompt: int = 10, device=None):
        super().__init__()
        self.vit = timm.create_model(arch, pretrained=True, num_classes=0).requires_grad_(False)
        width, depth = self.vit.embed_dim, len(self.vit.blocks)
        bound = math.sqrt(6.0 / (3 * 16 * 16 + width))
        self.prompts = [nn.Parameter(torch.empty(1, n_prompt, width, device=device).uniform_(-bound, bound)) for _ in range(depth)]  # PLANTED
        self.n_prompt = n_prompt
        self.prompt_drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, num_classes)

    def train(self, mode: bool = True):
        super().train(mode)
        self.vit.eval()
        return self

    def forward(self, x):
        v = self.vit
        x = v.norm_pre(v.patch_drop(v._pos_embed(v.patch_embed(x))))
        cls, patches = x[:, :1], x[:, 1:]
        for blk, prompt in zip(v.blocks, self.prompts):
            tokens = self.prompt_drop(prompt.expand(len(x), -1, -1))
            out = blk(torch.cat([cls, tokens, patches], dim=1))
            cls, patches = out[:, :1], out[:, 1 + self.n_prompt:]
        return self.head(v.norm(cls)[:, 0])


def cosine_with_warmup(optimizer, warm, total):
    def f(s):
        return (s + 1) / warm if s < warm else 0.5 * (1 + math.cos(math.pi * (s - warm) / max(1, total - warm)))
    return torch.optim.lr_scheduler.LambdaLR(optimizer, f)


def test(model, loader, device):
    model.eval()
    ok = 0
    with torch.no_grad():
        for x, y in loader:
            ok += (model(x.to(device)).argmax(-1).cpu() == y).sum().item()
    return ok / len(loader.dataset)


def run(root, arch="vit_base_patch16_224", epochs=30, lr=0.01, batch=64):
    torch.manual_seed(6)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    n_classes = len(ImageFolder(f"{root}/train").classes)
    model = PromptedViT(arch, n_classes, device=device).to(device)

    cfg = resolve_data_config({}, model=model.vit)
    train = DataLoader(ImageFolder(f"{root}/train", create_transform(**cfg, is_training=True)), batch,
                       shuffle=True, num_workers=8, pin_memory=True)
    val = DataLoader(ImageFolder(f"{root}/val", create_transform(**cfg, is_training=False)), batch,
                     num_workers=8, pin_memory=True)

    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=lr, momentum=0.9)
    scheduler = cosine_with_warmup(optimizer, 3 * len(train), epochs * len(train))
    criterion = nn.CrossEntropyLoss()

    for epoch in range(epochs):
        model.train()
        for it, (x, y) in enumerate(train):
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            if it % 50 == 0:
                print(f"{epoch:>3} {it:>5}/{len(train)}  loss {loss.item():.4f}  lr {scheduler.get_last_lr()[0]:.5f}")
        print(f"{epoch:>3} val top-1 {test(model, val, device):.4f}")

    trained = {k: v for k, v in model.state_dict().items() if not k.startswith("vit.")}
    torch.save(trained, "prompts.pt")


if __name__ == "__main__":
    run(sys.argv[1])
