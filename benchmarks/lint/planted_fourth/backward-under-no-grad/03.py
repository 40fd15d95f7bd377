"""Test-time entropy minimisation (TENT) on corrupted CIFAR-10."""
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18


@dataclass
class TentConfig:
    weights: Path = Path("weights/resnet18_cifar10.pth")
    data: Path = Path("data/CIFAR-10-C")
    corruptions: list = field(default_factory=lambda: ["gaussian_noise", "fog", "jpeg_compression", "motion_blur"])
    severity: int = 5
    batch_size: int = 200
    lr: float = 1e-3
    seed: int = 2021
    log_every: int = 10


def load_corruption(cfg: TentConfig, name: str) -> DataLoader:
    lo, hi = (cfg.severity - 1) * 10000, cfg.severity * 10000
    x = np.load(cfg.data / f"{name}.npy")[lo:hi]
    y = np.load(cfg.data / "labels.npy")[lo:hi]
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
    x = (torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255 - mean) / std
    ds = TensorDataset(x, torch.from_numpy(y).long())
    return DataLoader(ds, cfg.batch_size, shuffle=True)


class Tent:
    """Adapts the affine parameters of batch norm on each incoming batch."""

    def __init__(self, net: nn.Module, lr: float):
        self.net = net.train()
        net.requires_grad_(False)
        affine = []
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.requires_grad_(True)
                m.track_running_stats = False
                m.running_mean, m.running_var = None, None
                affine += [m.weight, m.bias]
        self.optimizer = torch.optim.Adam(affine, lr=lr)

    def adapt(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.net(x)
        entropy = -(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean()
        self.optimizer.zero_grad()
        entropy.backward()  # PLANTED
        self.optimizer.step()
        return logits.detach(), entropy.detach()


@torch.no_grad()
def error_rate(method: Tent, loader: DataLoader, device: torch.device, log_every: int) -> float:
    wrong = torch.zeros((), device=device)
    seen = 0
    for i, (x, y) in enumerate(loader):
        x, y = x.to(device), y.to(device)
        logits, entropy = method.adapt(x)
        wrong += (logits.argmax(1) != y).sum()
        seen += len(y)
        if i % log_every == 0:
            print(f"  batch {i:3d}  entropy {entropy.item():.3f}  running error {(wrong / seen).item():.3f}")
    return (wrong / seen).item()


def fresh_network(cfg: TentConfig, device: torch.device) -> nn.Module:
    net = resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = nn.Identity()
    net.load_state_dict(torch.load(cfg.weights, map_location="cpu", weights_only=True))
    return net.to(device)


def main() -> None:
    cfg = TentConfig()
    torch.manual_seed(cfg.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    results = {}
    for name in cfg.corruptions:
        print(name)
        method = Tent(fresh_network(cfg, device), cfg.lr)
        results[name] = error_rate(method, load_corruption(cfg, name), device, cfg.log_every)
    for name, err in results.items():
        print(f"{name:20s} {100 * err:.1f}%")
    print(f"{'mean':20s} {100 * np.mean(list(results.values())):.1f}%")


if __name__ == "__main__":
    main()
