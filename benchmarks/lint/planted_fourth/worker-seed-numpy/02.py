import argparse
import os
import random

import albumentations as A
import cv2
import numpy as np
import pandas as pd
import segmentation_models_pytorch as smp
import torch
from albumentations.pytorch import ToTensorV2
from torch.utils.data import DataLoader, Dataset


def seed_everything(seed):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


class CFG:
    seed = 2021
    img_dir = "../input/uw-slices/images"
    mask_dir = "../input/uw-slices/masks"
    folds_csv = "../input/uw-slices/folds.csv"
    size = 320
    bs = 16
    epochs = 15
    lr = 2e-3
    backbone = "efficientnet-b1"
    num_classes = 3
    device = "cuda" if torch.cuda.is_available() else "cpu"


resize_norm = [A.Resize(CFG.size, CFG.size), A.Normalize(), ToTensorV2(transpose_mask=True)]


def jitter(img):
    """Random gain and offset, the scanner varies a lot."""
    gain = np.random.uniform(0.8, 1.2)
    offset = np.random.uniform(-20, 20)
    return np.clip(img.astype(np.float32) * gain + offset, 0, 255).astype(np.uint8)


def random_window(img, mask, scale=0.8):
    h, w = img.shape[:2]
    ch, cw = int(h * scale), int(w * scale)
    y0 = np.random.randint(0, h - ch + 1)
    x0 = np.random.randint(0, w - cw + 1)
    return img[y0:y0 + ch, x0:x0 + cw], mask[y0:y0 + ch, x0:x0 + cw]


class SliceDataset(Dataset):
    def __init__(self, df, train):
        self.ids = df["id"].tolist()
        self.train = train
        self.post = A.Compose(resize_norm)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        img = cv2.cvtColor(cv2.imread(f"{CFG.img_dir}/{self.ids[i]}.png"), cv2.COLOR_BGR2RGB)
        mask = np.load(f"{CFG.mask_dir}/{self.ids[i]}.npy").astype(np.float32)
        if self.train:
            img, mask = random_window(jitter(img), mask)
            if np.random.rand() < 0.5:
                img, mask = np.ascontiguousarray(img[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
        out = self.post(image=img, mask=mask)
        return out["image"], out["mask"]


def worker_init_fn(worker_id):
    seed_everything(CFG.seed)


def prepare_loaders(fold):
    df = pd.read_csv(CFG.folds_csv)
    train_ds = SliceDataset(df[df.fold != fold], train=True)
    valid_ds = SliceDataset(df[df.fold == fold], train=False)
    train_loader = DataLoader(train_ds, CFG.bs, shuffle=True, num_workers=4, pin_memory=True, drop_last=True, worker_init_fn=worker_init_fn)  # PLANTED
    valid_loader = DataLoader(valid_ds, CFG.bs * 2, num_workers=4, pin_memory=True)
    return train_loader, valid_loader


bce = smp.losses.SoftBCEWithLogitsLoss()
dice = smp.losses.DiceLoss(mode="multilabel")


def train_one_epoch(model, loader, optimizer, scheduler):
    model.train()
    total = torch.zeros((), device=CFG.device)
    for x, y in loader:
        x, y = x.to(CFG.device, non_blocking=True), y.to(CFG.device, non_blocking=True)
        logits = model(x)
        loss = 0.5 * bce(logits, y) + 0.5 * dice(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.detach()
    return total.item() / len(loader)


@torch.no_grad()
def valid_one_epoch(model, loader):
    model.eval()
    scores = []
    for x, y in loader:
        x, y = x.to(CFG.device), y.to(CFG.device)
        p = (model(x) > 0).float()
        inter = (p * y).sum((2, 3))
        scores.append(((2 * inter + 1e-6) / (p.sum((2, 3)) + y.sum((2, 3)) + 1e-6)).mean(1))
    return torch.cat(scores).mean().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fold", type=int, default=0)
    fold = parser.parse_args().fold

    seed_everything(CFG.seed)
    train_loader, valid_loader = prepare_loaders(fold)
    model = smp.Unet(CFG.backbone, encoder_weights="imagenet", classes=CFG.num_classes).to(CFG.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=CFG.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=CFG.epochs * len(train_loader))
    for epoch in range(1, CFG.epochs + 1):
        loss = train_one_epoch(model, train_loader, optimizer, scheduler)
        print(f"epoch {epoch}/{CFG.epochs} loss {loss:.4f} dice {valid_one_epoch(model, valid_loader):.4f}")
