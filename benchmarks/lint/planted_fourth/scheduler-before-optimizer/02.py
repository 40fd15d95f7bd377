import logging
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader
from torchvision.datasets import OxfordIIITPet
from torchvision.transforms import v2
from torchvision import tv_tensors

logger = logging.getLogger(__name__)


@dataclass
class TrainerConfig:
    root: str = "./data"
    size: int = 128
    batch_size: int = 32
    epochs: int = 40
    max_lr: float = 1e-3
    clip: float = 1.0
    seed: int = 123
    log_every: int = 25


class PetMasks(torch.utils.data.Dataset):
    def __init__(self, root, split, tfm):
        self.base = OxfordIIITPet(root, split=split, target_types="segmentation", download=True)
        self.tfm = tfm

    def __len__(self):
        return len(self.base)

    def __getitem__(self, i):
        img, mask = self.base[i]
        img, mask = self.tfm(tv_tensors.Image(img.convert("RGB")), tv_tensors.Mask(mask))
        return img, mask.squeeze().long() - 1


class DoubleConv(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(
            nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(8, o), nn.ReLU(inplace=True),
            nn.Conv2d(o, o, 3, padding=1), nn.GroupNorm(8, o), nn.ReLU(inplace=True),
        )


class SmallUNet(nn.Module):
    def __init__(self, n_classes=3, w=32):
        super().__init__()
        self.d1, self.d2, self.d3 = DoubleConv(3, w), DoubleConv(w, 2 * w), DoubleConv(2 * w, 4 * w)
        self.pool = nn.MaxPool2d(2)
        self.u2 = nn.ConvTranspose2d(4 * w, 2 * w, 2, 2)
        self.c2 = DoubleConv(4 * w, 2 * w)
        self.u1 = nn.ConvTranspose2d(2 * w, w, 2, 2)
        self.c1 = DoubleConv(2 * w, w)
        self.out = nn.Conv2d(w, n_classes, 1)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(self.pool(a))
        c = self.d3(self.pool(b))
        x = self.c2(torch.cat([b, self.u2(c)], 1))
        x = self.c1(torch.cat([a, self.u1(x)], 1))
        return self.out(x)


class SegTrainer:
    def __init__(self, cfg: TrainerConfig):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        shared = [v2.Resize((cfg.size, cfg.size)), v2.ToDtype(torch.float32, scale=True),
                  v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
        train = PetMasks(cfg.root, "trainval", v2.Compose([v2.RandomHorizontalFlip(), *shared]))
        val = PetMasks(cfg.root, "test", v2.Compose(shared))
        self.train_loader = DataLoader(train, cfg.batch_size, shuffle=True, num_workers=4)
        self.val_loader = DataLoader(val, cfg.batch_size, num_workers=4)
        self.model = SmallUNet().to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.max_lr)
        self.lr_scheduler = OneCycleLR(
            self.optimizer, max_lr=cfg.max_lr, epochs=cfg.epochs, steps_per_epoch=len(self.train_loader))
        self.criterion = nn.CrossEntropyLoss()

    def _train_step(self, images, masks):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.criterion(self.model(images), masks)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.clip)
        self.lr_scheduler.step()  # PLANTED
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        hit, total = torch.zeros((), device=self.device), 0
        for images, masks in self.val_loader:
            images, masks = images.to(self.device), masks.to(self.device)
            hit += (self.model(images).argmax(1) == masks).sum()
            total += masks.numel()
        return hit.item() / total

    def fit(self):
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for i, (images, masks) in enumerate(self.train_loader):
                loss = self._train_step(images.to(self.device), masks.to(self.device))
                if i % self.cfg.log_every == 0:
                    logger.info("epoch %d it %d loss %.4f lr %.2e", epoch, i, loss.item(),
                                self.optimizer.param_groups[0]["lr"])
            logger.info("epoch %d pixel accuracy %.4f", epoch, self.evaluate())
        torch.save(self.model.state_dict(), "unet_pets.pt")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    config = TrainerConfig()
    torch.manual_seed(config.seed)
    SegTrainer(config).fit()
