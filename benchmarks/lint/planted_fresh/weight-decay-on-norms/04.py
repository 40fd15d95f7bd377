"""Weather nowcasting with a residual network, built by a registry of optimizers."""

from types import MappingProxyType

import torch
from torch import nn
from torch.utils.data import DataLoader

from radar import RadarSequences  # past (4, 128, 128), next (1, 128, 128)

OPTIMIZERS = MappingProxyType(
    {
        "sgd": lambda m, lr, **_: torch.optim.SGD(m.parameters(), lr=lr, momentum=0.9),
        "adam": lambda m, lr, **_: torch.optim.Adam(m.parameters(), lr=lr),
        "adamw": lambda m, lr, wd: torch.optim.AdamW(m.parameters(), lr=lr, weight_decay=wd),  # PLANTED
    }
)


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.path = nn.Sequential(
            nn.GroupNorm(8, c), nn.SiLU(), nn.Conv2d(c, c, 3, padding=1),
            nn.GroupNorm(8, c), nn.SiLU(), nn.Conv2d(c, c, 3, padding=1),
        )

    def forward(self, x):
        return x + self.path(x)


def nowcaster(c=64, depth=6):
    return nn.Sequential(
        nn.Conv2d(4, c, 5, padding=2), *(Residual(c) for _ in range(depth)), nn.Conv2d(c, 1, 1)
    )


def main(settings):
    torch.manual_seed(settings["seed"])
    model = nowcaster().cuda()
    opt = OPTIMIZERS[settings["optimizer"]](model, settings["lr"], wd=settings["wd"])
    loader = DataLoader(RadarSequences("train"), settings["batch"], shuffle=True, num_workers=6)
    for epoch in range(settings["epochs"]):
        total = torch.zeros((), device="cuda")
        for past, ahead in loader:
            opt.zero_grad()
            loss = nn.functional.l1_loss(model(past.cuda()), ahead.cuda())
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} mae {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main({"seed": 15, "optimizer": "adamw", "lr": 3e-4, "wd": 0.05, "batch": 16, "epochs": 50})
