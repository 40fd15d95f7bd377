from dataclasses import dataclass, field
from typing import Dict, Iterable, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import models
from torchvision.datasets import OxfordIIITPet
from torchvision.transforms import v2 as T


@dataclass
class DistillConfig:
    teacher_weights: str = "pets_resnet50.pt"
    temperature: float = 4.0
    alpha: float = 0.8
    epochs: int = 40
    batch_size: int = 64
    lr: float = 5e-4
    seed: int = 31
    device: str = field(default_factory=lambda: "cuda" if torch.cuda.is_available() else "cpu")


def tempered(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    return (logits / temperature).softmax(dim=1)


class DistillationLoss(nn.Module):
    def __init__(self, temperature: float, alpha: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.alpha = alpha
        self.kl = nn.KLDivLoss(reduction="batchmean")

    def forward(self, s_logits: torch.Tensor, t_logits: torch.Tensor, y: torch.Tensor) -> Dict[str, torch.Tensor]:
        p_student = tempered(s_logits, self.temperature)
        p_teacher = tempered(t_logits, self.temperature)
        soft = self.kl(torch.log(p_student), p_teacher) * self.temperature ** 2  # PLANTED
        hard = F.cross_entropy(s_logits, y)
        return {"soft": soft, "hard": hard, "total": self.alpha * soft + (1.0 - self.alpha) * hard}


def transforms_for(train: bool) -> T.Compose:
    aug = [T.RandomResizedCrop(224, antialias=True), T.RandomHorizontalFlip()] if train else \
        [T.Resize(256, antialias=True), T.CenterCrop(224)]
    return T.Compose([T.ToImage(), *aug, T.ToDtype(torch.float32, scale=True),
                      T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def loaders(cfg: DistillConfig) -> Tuple[DataLoader, DataLoader]:
    train = OxfordIIITPet("data", "trainval", transform=transforms_for(True), download=True)
    test = OxfordIIITPet("data", "test", transform=transforms_for(False), download=True)
    return (DataLoader(train, cfg.batch_size, shuffle=True, num_workers=6, pin_memory=True, drop_last=True),
            DataLoader(test, cfg.batch_size, num_workers=6, pin_memory=True))


class Distiller:
    def __init__(self, cfg: DistillConfig) -> None:
        self.cfg = cfg
        self.device = torch.device(cfg.device)
        self.teacher = models.resnet50(num_classes=37)
        self.teacher.load_state_dict(torch.load(cfg.teacher_weights, map_location="cpu", weights_only=True))
        self.teacher.to(self.device).eval().requires_grad_(False)
        self.student = models.mobilenet_v3_small(num_classes=37).to(self.device)
        self.criterion = DistillationLoss(cfg.temperature, cfg.alpha)
        self.optimizer = torch.optim.Adam(self.student.parameters(), lr=cfg.lr)

    def train_epoch(self, batches: Iterable, scheduler) -> Dict[str, float]:
        self.student.train()
        sums, steps = {}, 0
        for x, y in batches:
            x, y = x.to(self.device, non_blocking=True), y.to(self.device, non_blocking=True)
            with torch.no_grad():
                t_logits = self.teacher(x)
            losses = self.criterion(self.student(x), t_logits, y)
            self.optimizer.zero_grad(set_to_none=True)
            losses["total"].backward()
            self.optimizer.step()
            scheduler.step()
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value.detach()
            steps += 1
        return {name: float(v) / steps for name, v in sums.items()}

    @torch.inference_mode()
    def accuracy(self, batches: DataLoader) -> float:
        self.student.eval()
        hits = torch.zeros((), device=self.device)
        for x, y in batches:
            hits += (self.student(x.to(self.device)).argmax(1) == y.to(self.device)).sum()
        return hits.item() / len(batches.dataset)


def main() -> None:
    cfg = DistillConfig()
    torch.manual_seed(cfg.seed)
    train, test = loaders(cfg)
    distiller = Distiller(cfg)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(distiller.optimizer, cfg.lr, epochs=cfg.epochs,
                                                    steps_per_epoch=len(train))
    for epoch in range(cfg.epochs):
        stats = distiller.train_epoch(train, scheduler)
        line = " ".join(f"{k}={v:.4f}" for k, v in stats.items())
        print(f"[{epoch:02d}] {line} acc={distiller.accuracy(test):.4f}")
    torch.save(distiller.student.state_dict(), "pets_student.pt")


if __name__ == "__main__":
    main()
