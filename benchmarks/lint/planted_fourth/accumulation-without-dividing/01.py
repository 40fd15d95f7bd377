import os
import random

import numpy as np
import pandas as pd
import timm
import torch
import torch.nn as nn
from PIL import Image
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

SEED = 42
IMG_DIR = "../input/cassava-leaf-disease-classification/train_images"
CSV = "../input/cassava-leaf-disease-classification/train.csv"
IMG_SIZE = 384
BATCH_SIZE = 8
ACCUM_STEPS = 4
EPOCHS = 8
LR = 0.01
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seed_everything(seed):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class LeafDataset(Dataset):
    def __init__(self, df, tfm):
        self.df = df.reset_index(drop=True)
        self.tfm = tfm

    def __len__(self):
        return len(self.df)

    def __getitem__(self, i):
        row = self.df.iloc[i]
        img = Image.open(os.path.join(IMG_DIR, row.image_id)).convert("RGB")
        return self.tfm(img), int(row.label)


norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
train_tfm = transforms.Compose([
    transforms.RandomResizedCrop(IMG_SIZE, scale=(0.6, 1.0)),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(), norm,
])
valid_tfm = transforms.Compose([
    transforms.Resize((IMG_SIZE, IMG_SIZE)), transforms.ToTensor(), norm,
])


def train_fn(model, loader, criterion, optimizer, epoch):
    model.train()
    running = torch.zeros((), device=device)
    optimizer.zero_grad()
    for i, (images, labels) in enumerate(loader):
        images, labels = images.to(device), labels.to(device)
        loss = criterion(model(images), labels)
        loss.backward()  # PLANTED
        running += loss.detach()
        if (i + 1) % ACCUM_STEPS == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        if (i + 1) % 200 == 0:
            print(f"epoch {epoch} [{i + 1}/{len(loader)}] loss {(running / (i + 1)).item():.4f}")
    return (running / len(loader)).item()


@torch.no_grad()
def valid_fn(model, loader):
    model.eval()
    correct, seen = torch.zeros((), device=device), 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        correct += (model(images).argmax(1) == labels).sum()
        seen += labels.size(0)
    return (correct / seen).item()


if __name__ == "__main__":
    seed_everything(SEED)
    df = pd.read_csv(CSV)
    trn, val = train_test_split(df, test_size=0.2, stratify=df.label, random_state=SEED)
    train_loader = DataLoader(LeafDataset(trn, train_tfm), BATCH_SIZE, shuffle=True, num_workers=4, drop_last=True)
    valid_loader = DataLoader(LeafDataset(val, valid_tfm), BATCH_SIZE * 2, num_workers=4)

    model = timm.create_model("resnet50", pretrained=True, num_classes=5).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)

    best = 0.0
    for epoch in range(EPOCHS):
        tr = train_fn(model, train_loader, criterion, optimizer, epoch)
        acc = valid_fn(model, valid_loader)
        scheduler.step()
        print(f"epoch {epoch}: train loss {tr:.4f}  valid acc {acc:.4f}")
        if acc > best:
            best = acc
            torch.save(model.state_dict(), "resnet50_best.pth")
