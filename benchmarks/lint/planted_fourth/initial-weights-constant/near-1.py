"""Low-rank adaptation of a pretrained ViT, written without a library."""
import math

import timm
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

SEED, RANK, ALPHA, EPOCHS, BATCH, LR = 33, 8, 16, 15, 64, 1e-3
WARMUP = 200


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.constant_(self.up.weight, 0.0)

    def forward(self, x):
        return self.base(x) + self.scale * self.up(self.down(x))


class Head(nn.Module):
    def __init__(self, dim, n_classes):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, n_classes)
        nn.init.constant_(self.norm.weight, 1.0)
        nn.init.constant_(self.norm.bias, 0.0)
        nn.init.trunc_normal_(self.fc.weight, std=0.02)
        nn.init.constant_(self.fc.bias, 0.0)

    def forward(self, x):
        return self.fc(self.norm(x))


def adapt(model):
    model.requires_grad_(False)
    for block in model.blocks:
        block.attn.qkv = LoRALinear(block.attn.qkv, RANK, ALPHA)
        block.attn.proj = LoRALinear(block.attn.proj, RANK, ALPHA)
    return model


def main():
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    norm = transforms.Normalize([0.5] * 3, [0.5] * 3)
    train_tf = transforms.Compose([transforms.RandomResizedCrop(224, (0.5, 1.0)), transforms.RandomHorizontalFlip(),
                                   transforms.ToTensor(), norm])
    test_tf = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), norm])
    train_ds = datasets.FGVCAircraft("data", "trainval", transform=train_tf, download=True)
    test_ds = datasets.FGVCAircraft("data", "test", transform=test_tf, download=True)
    train_dl = DataLoader(train_ds, BATCH, shuffle=True, num_workers=8, drop_last=True)
    test_dl = DataLoader(test_ds, BATCH, num_workers=8)

    backbone = adapt(timm.create_model("vit_base_patch16_224.augreg_in21k", pretrained=True, num_classes=0))
    model = nn.Sequential(backbone, Head(backbone.num_features, len(train_ds.classes))).to(device)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=LR)
    total = EPOCHS * len(train_dl)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / WARMUP, max(0.0, (total - s) / (total - WARMUP))))
    criterion = nn.CrossEntropyLoss()

    for epoch in range(EPOCHS):
        model.train()
        running = torch.zeros((), device=device)
        for x, y in train_dl:
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trainable, 1.0)
            optimizer.step()
            scheduler.step()
            running += loss.detach()

        model.eval()
        correct = torch.zeros((), device=device)
        with torch.no_grad():
            for x, y in test_dl:
                correct += (model(x.to(device)).argmax(1) == y.to(device)).sum()
        print(f"epoch {epoch} loss {running.item() / len(train_dl):.4f} acc {correct.item() / len(test_ds):.4f}")

    torch.save({n: p for n, p in model.state_dict().items() if ".base." not in n}, "vit_lora.pt")


if __name__ == "__main__":
    main()
