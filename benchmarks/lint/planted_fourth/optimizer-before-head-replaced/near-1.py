"""Flower classification with discriminative learning rates."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, models

torch.manual_seed(2024)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

N_CLASSES = 102
EPOCHS = 20
BACKBONE_LR = 1e-4
HEAD_LR = 1e-3

weights = models.MobileNet_V3_Large_Weights.IMAGENET1K_V2
preprocess = weights.transforms()
train_ds = datasets.Flowers102("data", split="train", transform=preprocess, download=True)
val_ds = datasets.Flowers102("data", split="val", transform=preprocess, download=True)
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True, num_workers=4, drop_last=True)
val_dl = DataLoader(val_ds, batch_size=64, shuffle=False, num_workers=4)

model = models.mobilenet_v3_large(weights=weights).to(device)
optimizer = torch.optim.Adam(model.features.parameters(), lr=BACKBONE_LR)

hidden = model.classifier[0].in_features
model.classifier = nn.Sequential(
    nn.Linear(hidden, 512),
    nn.Hardswish(),
    nn.Dropout(0.3),
    nn.Linear(512, N_CLASSES),
).to(device)
optimizer.add_param_group({"params": model.classifier.parameters(), "lr": HEAD_LR})

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
criterion = nn.CrossEntropyLoss()


def train_epoch():
    model.train()
    total = torch.zeros((), device=device)
    for images, labels in train_dl:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total.item() / len(train_dl)


def validate():
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in val_dl:
            preds = model(images.to(device)).argmax(1).cpu()
            correct += (preds == labels).sum().item()
    return correct / len(val_ds)


best = 0.0
for epoch in range(EPOCHS):
    train_loss = train_epoch()
    scheduler.step()
    acc = validate()
    lrs = ", ".join(f"{g['lr']:.2e}" for g in optimizer.param_groups)
    print(f"epoch {epoch:02d} loss {train_loss:.4f} val acc {acc:.4f} lr [{lrs}]")
    if acc > best:
        best = acc
        torch.save(model.state_dict(), "flowers_best.pt")
print(f"best val acc {best:.4f}")
