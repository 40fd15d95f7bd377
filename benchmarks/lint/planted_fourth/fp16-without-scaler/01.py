import os
import random

import cv2
import numpy as np
import pandas as pd
import timm
import torch
import torch.nn as nn
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from torch.utils.data import DataLoader, Dataset


class CFG:
    seed = 2021
    model_name = "tf_efficientnet_b1_ns"
    img_size = 240
    batch_size = 48
    epochs = 8
    lr = 2e-4
    n_fold = 5
    fold = 0
    num_workers = 4
    img_dir = "../input/melanoma/train"
    csv = "../input/melanoma/train.csv"


def seed_everything(seed):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True


class SkinDataset(Dataset):
    def __init__(self, df, train):
        self.names = df["image_name"].values
        self.labels = df["target"].values.astype("float32")
        self.train = train

    def __len__(self):
        return len(self.names)

    def __getitem__(self, idx):
        img = cv2.imread(f"{CFG.img_dir}/{self.names[idx]}.jpg")
        img = cv2.cvtColor(img, cv2.COLOR_BGR2RGB)
        img = cv2.resize(img, (CFG.img_size, CFG.img_size)).astype("float32") / 255.0
        img = (img - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
        img = torch.from_numpy(img.transpose(2, 0, 1)).float()
        if self.train and torch.rand(()) < 0.5:
            img = img.flip(-1)
        return img, torch.tensor(self.labels[idx])


def train_fn(train_loader, model, criterion, optimizer, scheduler, epoch, device):
    model.train()
    for step, (images, labels) in enumerate(train_loader):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            y_preds = model(images).squeeze(1)
            loss = criterion(y_preds, labels)
        loss.backward()  # PLANTED
        optimizer.step()
        scheduler.step()
        if step % 100 == 0:
            print(f"Epoch {epoch} step {step}/{len(train_loader)} loss {loss.item():.4f}")


def valid_fn(valid_loader, model, device):
    model.eval()
    preds, targets = [], []
    with torch.no_grad():
        for images, labels in valid_loader:
            with torch.autocast(device_type="cuda", dtype=torch.float16):
                y = model(images.to(device)).squeeze(1)
            preds.append(y.float().sigmoid().cpu())
            targets.append(labels)
    return roc_auc_score(torch.cat(targets).numpy(), torch.cat(preds).numpy())


if __name__ == "__main__":
    seed_everything(CFG.seed)
    device = torch.device("cuda")
    df = pd.read_csv(CFG.csv)
    skf = StratifiedKFold(n_splits=CFG.n_fold, shuffle=True, random_state=CFG.seed)
    trn_idx, val_idx = list(skf.split(df, df["target"]))[CFG.fold]
    train_loader = DataLoader(SkinDataset(df.iloc[trn_idx], True), batch_size=CFG.batch_size, shuffle=True,
                              num_workers=CFG.num_workers, pin_memory=True, drop_last=True)
    valid_loader = DataLoader(SkinDataset(df.iloc[val_idx], False), batch_size=CFG.batch_size * 2,
                              num_workers=CFG.num_workers, pin_memory=True)

    model = timm.create_model(CFG.model_name, pretrained=True, num_classes=1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=CFG.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=CFG.epochs * len(train_loader))
    criterion = nn.BCEWithLogitsLoss()

    best = 0.0
    for epoch in range(CFG.epochs):
        train_fn(train_loader, model, criterion, optimizer, scheduler, epoch, device)
        auc = valid_fn(valid_loader, model, device)
        print(f"Epoch {epoch} AUC {auc:.5f}")
        if auc > best:
            best = auc
            torch.save(model.state_dict(), f"{CFG.model_name}_fold{CFG.fold}.pth")
