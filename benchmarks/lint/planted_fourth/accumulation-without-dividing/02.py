"""Train a U-Net on binary building footprints."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


@dataclass
class TrainConfig:
    root: Path = Path("data/footprints")
    encoder: str = "resnet34"
    epochs: int = 30
    batch_size: int = 4
    accumulate: int = 8
    lr: float = 5e-3
    log_every: int = 10
    seed: int = 7


class TileDataset(Dataset):
    def __init__(self, root: Path, split: str, flip: bool):
        self.files = sorted((root / split).glob("*.npz"))
        self.flip = flip

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, idx: int):
        z = np.load(self.files[idx])
        x = torch.from_numpy(z["image"]).permute(2, 0, 1).float() / 255.0
        y = torch.from_numpy(z["mask"]).float().unsqueeze(0)
        if self.flip and torch.rand(()) < 0.5:
            x, y = x.flip(-1), y.flip(-1)
        return x, y


def bce_dice(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    p = logits.sigmoid()
    inter = (p * target).sum((1, 2, 3))
    dice = 1 - (2 * inter + 1) / (p.sum((1, 2, 3)) + target.sum((1, 2, 3)) + 1)
    return F.binary_cross_entropy_with_logits(logits, target) + dice.mean()


class SegTrainer:
    def __init__(self, cfg: TrainConfig):
        self.cfg = cfg
        self.device = torch.device("cuda")
        self.model = smp.Unet(cfg.encoder, encoder_weights="imagenet", classes=1).to(self.device)
        self.optim = torch.optim.SGD(self.model.parameters(), lr=cfg.lr, momentum=0.9, nesterov=True)
        self.sched = torch.optim.lr_scheduler.PolynomialLR(self.optim, cfg.epochs, power=0.9)
        self.scaler = torch.amp.GradScaler("cuda")
        self.train_dl = DataLoader(TileDataset(cfg.root, "train", True), cfg.batch_size,
                                   shuffle=True, num_workers=4, drop_last=True)
        self.val_dl = DataLoader(TileDataset(cfg.root, "val", False), cfg.batch_size, num_workers=4)
        self.window = torch.zeros((), device=self.device)
        self.updates = 0

    def forward_backward(self, x: torch.Tensor, y: torch.Tensor) -> None:
        with torch.autocast("cuda", dtype=torch.float16):
            logits = self.model(x)
        loss = bce_dice(logits.float(), y)
        self.window += loss.detach() / self.cfg.accumulate
        self.scaler.scale(loss).backward()  # PLANTED

    def apply_update(self) -> None:
        self.scaler.step(self.optim)
        self.scaler.update()
        self.optim.zero_grad(set_to_none=True)
        self.updates += 1
        if self.updates % self.cfg.log_every == 0:
            print(f"update {self.updates}  loss {(self.window / self.cfg.log_every).item():.4f}")
            self.window.zero_()

    def train_epoch(self) -> None:
        self.model.train()
        usable = len(self.train_dl) // self.cfg.accumulate * self.cfg.accumulate
        for n, (x, y) in enumerate(self.train_dl, start=1):
            if n > usable:
                break
            self.forward_backward(x.to(self.device), y.to(self.device))
            if n % self.cfg.accumulate == 0:
                self.apply_update()
        self.sched.step()

    @torch.no_grad()
    def evaluate(self) -> float:
        self.model.eval()
        inter = torch.zeros((), device=self.device)
        union = torch.zeros((), device=self.device)
        for x, y in self.val_dl:
            pred = self.model(x.to(self.device)) > 0
            gt = y.to(self.device) > 0.5
            inter += (pred & gt).sum()
            union += (pred | gt).sum()
        return (inter / union.clamp(min=1)).item()

    def fit(self) -> None:
        for epoch in range(self.cfg.epochs):
            self.train_epoch()
            print(f"epoch {epoch}  val IoU {self.evaluate():.4f}")
        torch.save(self.model.state_dict(), "unet_final.pt")


if __name__ == "__main__":
    config = TrainConfig()
    torch.manual_seed(config.seed)
    np.random.seed(config.seed)
    SegTrainer(config).fit()
