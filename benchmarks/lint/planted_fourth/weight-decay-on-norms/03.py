from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

CFG = {
    "seed": 7,
    "data": {"root": "data/roads", "batch_size": 8, "workers": 6},
    "model": {"encoder": "convnext_tiny", "width": 128, "num_classes": 5},
    "optim": {"lr": 2e-4, "encoder_scale": 0.1, "weight_decay": 0.05, "clip": 1.0},
    "epochs": 40,
    "warmup_iters": 500,
}
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class RoadScenes(Dataset):
    def __init__(self, root, split, flip):
        self.images = sorted((Path(root) / split / "images").glob("*.png"))
        self.masks = Path(root) / split / "masks"
        self.flip = flip

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        path = self.images[i]
        img = torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1).float() / 255
        mask = torch.from_numpy(np.array(Image.open(self.masks / path.name))).long()
        if self.flip and torch.rand(1).item() < 0.5:
            img, mask = img.flip(-1), mask.flip(-1)
        return (img - MEAN) / STD, mask


class ConvGNAct(nn.Sequential):
    def __init__(self, c_in, c_out):
        super().__init__(nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.GroupNorm(16, c_out), nn.ReLU())


class Segmenter(nn.Module):
    def __init__(self, encoder, width, num_classes):
        super().__init__()
        self.encoder = timm.create_model(encoder, pretrained=True, features_only=True)
        chans = self.encoder.feature_info.channels()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in chans)
        self.smooth = nn.ModuleList(ConvGNAct(width, width) for _ in chans)
        self.classify = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        feats = [lat(f) for lat, f in zip(self.lateral, self.encoder(x))]
        y = self.smooth[-1](feats[-1])
        for f, s in zip(feats[-2::-1], list(self.smooth)[-2::-1]):
            y = s(f + F.interpolate(y, size=f.shape[-2:], mode="nearest"))
        return F.interpolate(self.classify(y), size=x.shape[-2:], mode="bilinear", align_corners=False)


def build_optimizer(model, o):
    encoder_ids = {id(p) for p in model.encoder.parameters()}
    rest = [p for p in model.parameters() if id(p) not in encoder_ids]
    groups = [
        {"params": list(model.encoder.parameters()), "lr": o["lr"] * o["encoder_scale"]},
        {"params": rest, "lr": o["lr"]},
    ]
    return torch.optim.AdamW(groups, weight_decay=o["weight_decay"])  # PLANTED


class Engine:
    def __init__(self, cfg):
        self.cfg = cfg
        torch.manual_seed(cfg["seed"])
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        d = cfg["data"]
        self.train_dl = DataLoader(RoadScenes(d["root"], "train", True), d["batch_size"], shuffle=True,
                                   num_workers=d["workers"], drop_last=True)
        self.val_dl = DataLoader(RoadScenes(d["root"], "val", False), d["batch_size"], num_workers=d["workers"])
        self.model = Segmenter(**cfg["model"]).to(self.device)
        self.optim = build_optimizer(self.model, cfg["optim"])
        total = cfg["epochs"] * len(self.train_dl)
        warm = cfg["warmup_iters"]
        self.sched = torch.optim.lr_scheduler.LambdaLR(
            self.optim, lambda it: min(1.0, (it + 1) / warm) * max(0.0, 1 - it / total) ** 0.9)

    def fit(self):
        for epoch in range(self.cfg["epochs"]):
            loss = self.train_one_epoch()
            print(f"[{epoch:03d}] loss={loss:.4f} mIoU={self.validate():.4f}")

    def train_one_epoch(self):
        self.model.train()
        total = torch.zeros((), device=self.device)
        for x, y in self.train_dl:
            x, y = x.to(self.device), y.to(self.device)
            self.optim.zero_grad(set_to_none=True)
            loss = F.cross_entropy(self.model(x), y, ignore_index=255)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg["optim"]["clip"])
            self.optim.step()
            self.sched.step()
            total += loss.detach()
        return total.item() / len(self.train_dl)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        k = self.cfg["model"]["num_classes"]
        hist = torch.zeros(k * k, device=self.device)
        for x, y in self.val_dl:
            x, y = x.to(self.device), y.to(self.device)
            pred = self.model(x).argmax(1)
            keep = y != 255
            hist += torch.bincount(y[keep] * k + pred[keep], minlength=k * k)
        hist = hist.view(k, k)
        inter = hist.diag()
        union = hist.sum(0) + hist.sum(1) - inter
        return (inter / union.clamp(min=1)).mean().item()


if __name__ == "__main__":
    Engine(CFG).fit()
