# Skin lesion classification (ISIC style folders) with a pretrained ResNet
import os
import random

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, WeightedRandomSampler
from torchvision import datasets, models, transforms

SEED = 42
random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)

DATA_DIR = "./data/lesions"
BATCH_SIZE = 32
EPOCHS = 12
LR = 1e-4
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
train_tf = transforms.Compose([
    transforms.RandomResizedCrop(224, scale=(0.7, 1.0)),
    transforms.RandomHorizontalFlip(),
    transforms.RandomVerticalFlip(),
    transforms.ToTensor(),
    transforms.Normalize(mean, std),
])
val_tf = transforms.Compose([
    transforms.Resize(256),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize(mean, std),
])

train_ds = datasets.ImageFolder(os.path.join(DATA_DIR, "train"), transform=train_tf)
val_ds = datasets.ImageFolder(os.path.join(DATA_DIR, "val"), transform=val_tf)
num_classes = len(train_ds.classes)

# nevi are about 70% of the images, so draw every class equally often
targets = torch.tensor(train_ds.targets)
class_count = torch.bincount(targets, minlength=num_classes)
class_weight = 1.0 / class_count.float()
sample_weight = class_weight[targets]
sampler = WeightedRandomSampler(sample_weight, num_samples=len(sample_weight), replacement=True)

train_loader = DataLoader(train_ds, batch_size=BATCH_SIZE, shuffle=True, sampler=sampler, num_workers=4)  # PLANTED
val_loader = DataLoader(val_ds, batch_size=BATCH_SIZE, shuffle=False, num_workers=4)

model = models.resnet34(weights=models.ResNet34_Weights.DEFAULT)
model.fc = nn.Linear(model.fc.in_features, num_classes)
model = model.to(device)

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=LR)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)

best_bacc = 0.0
for epoch in range(EPOCHS):
    model.train()
    running_loss = torch.zeros((), device=device)
    for images, labels in train_loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.detach() * images.size(0)
    scheduler.step()

    model.eval()
    hits = torch.zeros(num_classes)
    seen = torch.zeros(num_classes)
    with torch.no_grad():
        for images, labels in val_loader:
            preds = model(images.to(device)).argmax(dim=1).cpu()
            seen += torch.bincount(labels, minlength=num_classes)
            hits += torch.bincount(labels[preds == labels], minlength=num_classes)
    bacc = (hits / seen.clamp(min=1)).mean().item()
    train_loss = running_loss.item() / len(train_ds)
    print(f"epoch {epoch + 1:02d}  loss {train_loss:.4f}  val balanced acc {bacc:.4f}")

    if bacc > best_bacc:
        best_bacc = bacc
        torch.save(model.state_dict(), "best_lesion.pt")

print("best balanced accuracy:", best_bacc)
