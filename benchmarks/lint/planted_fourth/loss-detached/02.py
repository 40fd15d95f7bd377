"""Polyp segmentation, BCE plus soft Dice, with a pretrained encoder."""
import logging
from pathlib import Path

import albumentations as A
import cv2
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
import yaml
from albumentations.pytorch import ToTensorV2
from torch.utils.data import DataLoader, Dataset

log = logging.getLogger("polyp")


class PolypDataset(Dataset):
    def __init__(self, root, names, transform):
        self.root, self.names, self.transform = Path(root), names, transform

    def __len__(self):
        return len(self.names)

    def __getitem__(self, idx):
        name = self.names[idx]
        image = cv2.cvtColor(cv2.imread(str(self.root / "images" / name)), cv2.COLOR_BGR2RGB)
        mask = (cv2.imread(str(self.root / "masks" / name), cv2.IMREAD_GRAYSCALE) > 127).astype("float32")
        out = self.transform(image=image, mask=mask)
        return out["image"], out["mask"].unsqueeze(0)


def make_transform(size, train):
    steps = [A.Resize(size, size)]
    if train:
        steps += [A.HorizontalFlip(p=0.5), A.VerticalFlip(p=0.5), A.RandomRotate90(p=0.5)]
    return A.Compose(steps + [A.Normalize(), ToTensorV2()])


@torch.no_grad()  # PLANTED
def soft_dice(probs, target, eps=1.0):
    """Mean Dice coefficient of a batch of probability maps."""
    dims = (1, 2, 3)
    inter = (probs * target).sum(dims)
    return ((2 * inter + eps) / (probs.sum(dims) + target.sum(dims) + eps)).mean()


class BCEDice(torch.nn.Module):
    def __init__(self, dice_weight):
        super().__init__()
        self.dice_weight = dice_weight

    def forward(self, logits, target):
        bce = F.binary_cross_entropy_with_logits(logits, target)
        dice = 1.0 - soft_dice(torch.sigmoid(logits), target)
        return (1 - self.dice_weight) * bce + self.dice_weight * dice


class SegmentationTrainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = smp.Unet(cfg["encoder"], encoder_weights="imagenet", classes=1).to(self.device)
        self.criterion = BCEDice(cfg["dice_weight"])
        self.optim = torch.optim.Adam(self.net.parameters(), lr=cfg["lr"])
        self.sched = torch.optim.lr_scheduler.ReduceLROnPlateau(self.optim, mode="max", patience=4)

    def batches(self, loader):
        for img, mask in loader:
            yield img.to(self.device, non_blocking=True), mask.to(self.device, non_blocking=True)

    def train_epoch(self, loader):
        self.net.train()
        running = torch.zeros((), device=self.device)
        for img, mask in self.batches(loader):
            loss = self.criterion(self.net(img), mask)
            self.optim.zero_grad(set_to_none=True)
            loss.backward()
            self.optim.step()
            running += loss.detach()
        return (running / len(loader)).item()

    def validate(self, loader):
        self.net.eval()
        score = torch.zeros((), device=self.device)
        with torch.no_grad():
            for img, mask in self.batches(loader):
                pred = (self.net(img) > 0).float()
                score += soft_dice(pred, mask) * len(img)
        return (score / len(loader.dataset)).item()

    def run(self, train_loader, val_loader):
        best = 0.0
        for epoch in range(1, self.cfg["epochs"] + 1):
            loss = self.train_epoch(train_loader)
            dice = self.validate(val_loader)
            self.sched.step(dice)
            log.info("epoch %d loss %.4f val dice %.4f", epoch, loss, dice)
            if dice > best:
                best = dice
                torch.save(self.net.state_dict(), self.cfg["output"])
        return best


def main(path="configs/polyp.yaml"):
    logging.basicConfig(level=logging.INFO)
    with open(path) as fh:
        cfg = yaml.safe_load(fh)
    torch.manual_seed(cfg["seed"])
    names = sorted(p.name for p in (Path(cfg["root"]) / "images").glob("*.png"))
    order = torch.randperm(len(names)).tolist()
    cut = int(0.85 * len(names))
    parts = [[names[i] for i in order[:cut]], [names[i] for i in order[cut:]]]
    train, val = (PolypDataset(cfg["root"], part, make_transform(cfg["size"], part is parts[0])) for part in parts)
    trainer = SegmentationTrainer(cfg)
    best = trainer.run(DataLoader(train, cfg["batch"], shuffle=True, num_workers=4, pin_memory=True, drop_last=True),
                       DataLoader(val, cfg["batch"], num_workers=4, pin_memory=True))
    log.info("best dice %.4f", best)


if __name__ == "__main__":
    main()
