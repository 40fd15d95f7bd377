import time

import torch
import torch.nn as nn
import torchvision.transforms as T
from torch.utils.data import DataLoader
from torchvision.datasets import STL10
from torchvision.models import convnext_tiny

SEED = 2023
BS = 64
EPOCHS = 30
MAX_LR = 4e-4
CLIP_NORM = 1.0
torch.manual_seed(SEED)
device = torch.device("cuda")

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
train_tfms = T.Compose([
    T.RandomResizedCrop(224, scale=(0.5, 1.0)),
    T.RandomHorizontalFlip(),
    T.TrivialAugmentWide(),
    T.ToTensor(),
    T.Normalize(mean, std),
])
val_tfms = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize(mean, std)])

train_ds = STL10("data", split="train", download=True, transform=train_tfms)
val_ds = STL10("data", split="test", download=True, transform=val_tfms)
train_dl = DataLoader(train_ds, BS, shuffle=True, num_workers=8, pin_memory=True, drop_last=True)
val_dl = DataLoader(val_ds, 2 * BS, num_workers=8, pin_memory=True)

model = convnext_tiny(weights="DEFAULT")
model.classifier[2] = nn.Linear(model.classifier[2].in_features, 10)
model = model.to(device)

decay = [p for p in model.parameters() if p.ndim > 1 and p.shape[-1] * p.shape[-2] != 1]
plain = [p for p in model.parameters() if not (p.ndim > 1 and p.shape[-1] * p.shape[-2] != 1)]
optimizer = torch.optim.AdamW([
    {"params": decay, "weight_decay": 0.05},
    {"params": plain, "weight_decay": 0.0},
], lr=MAX_LR)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, MAX_LR, epochs=EPOCHS, steps_per_epoch=len(train_dl), pct_start=0.2)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
scaler = torch.amp.GradScaler("cuda")


def train_one_epoch(epoch):
    model.train()
    start = time.time()
    for i, (x, y) in enumerate(train_dl):
        x = x.to(device, non_blocking=True)
        y = y.to(device, non_blocking=True)

        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16):
            logits = model(x)
            loss = criterion(logits, y)

        scaler.scale(loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)  # PLANTED
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()

        if i % 25 == 0:
            print(f"[{epoch:02d}] {i:3d}/{len(train_dl)} loss {loss.item():.4f} lr {scheduler.get_last_lr()[0]:.2e}")
    print(f"[{epoch:02d}] {time.time() - start:.1f}s")


@torch.inference_mode()
def validate():
    model.eval()
    top1 = torch.zeros((), device=device)
    for x, y in val_dl:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        with torch.autocast("cuda", dtype=torch.float16):
            logits = model(x)
        top1 += (logits.argmax(-1) == y).sum()
    return top1.item() / len(val_ds)


if __name__ == "__main__":
    best = 0.0
    for epoch in range(EPOCHS):
        train_one_epoch(epoch)
        acc = validate()
        print(f"[{epoch:02d}] top-1 {acc:.4f}")
        if acc > best:
            best = acc
            torch.save(model.state_dict(), "convnext_stl10.pt")
