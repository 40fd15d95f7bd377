"""Configurable CNN for satellite tiles. Every choice is a key of CONFIG."""
import functools
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets
from torchvision.transforms import v2

CONFIG = {
    "seed": 64,
    "data": {"root": "data", "batch_size": 128, "val_share": 0.1},
    "model": {"widths": [32, 64, 128, 256], "dropout": 0.2, "act": "relu"},
    "init": {"scheme": "normal", "gain": 1.0, "std": 0.02},
    "optim": {"name": "adam", "lr": 1e-3, "epochs": 40},
}

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}

INITIALIZERS = {
    "xavier": lambda w, gain, std: nn.init.xavier_uniform_(w, gain=gain),
    "orthogonal": lambda w, gain, std: nn.init.orthogonal_(w, gain=gain),
    "kaiming": lambda w, gain, std: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "normal": lambda w, gain, std: nn.init.constant_(w, std),  # PLANTED
}


class TileNet(nn.Module):
    def __init__(self, widths, dropout, act, n_classes, in_ch=3):
        super().__init__()
        blocks = []
        for w in widths:
            blocks.append(nn.Sequential(
                nn.Conv2d(in_ch, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), ACTIVATIONS[act](),
                nn.Conv2d(w, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), ACTIVATIONS[act](), nn.MaxPool2d(2)))
            in_ch = w
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout),
                                  nn.Linear(in_ch, n_classes))

    def forward(self, x):
        return self.head(self.blocks(x))


def initialize(module, scheme, gain, std):
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        INITIALIZERS[scheme](module.weight, gain, std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def build_data(cfg, seed):
    to_float = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
                v2.Normalize([0.344, 0.380, 0.408], [0.203, 0.137, 0.116])]
    aug = v2.Compose([v2.RandomHorizontalFlip(), v2.RandomVerticalFlip(), *to_float])
    train = datasets.EuroSAT(cfg["root"], transform=aug, download=True)
    val = datasets.EuroSAT(cfg["root"], transform=v2.Compose(to_float), download=True)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed)).tolist()
    n_val = int(len(order) * cfg["val_share"])
    return (DataLoader(Subset(train, order[n_val:]), cfg["batch_size"], shuffle=True, num_workers=4, drop_last=True),
            DataLoader(Subset(val, order[:n_val]), cfg["batch_size"], num_workers=4), len(train.classes))


def build_model(cfg, n_classes, device):
    model = TileNet(**cfg["model"], n_classes=n_classes)
    model.apply(functools.partial(initialize, **cfg["init"]))
    return model.to(device)


def build_optim(cfg, model, steps):
    cls = {"adam": torch.optim.Adam, "sgd": functools.partial(torch.optim.SGD, momentum=0.9)}[cfg["name"]]
    opt = cls(model.parameters(), lr=cfg["lr"])
    return opt, torch.optim.lr_scheduler.LambdaLR(opt, lambda s: 0.5 * (1 + math.cos(math.pi * min(1.0, s / steps))))


def validate(model, loader, device):
    model.eval()
    good = torch.zeros((), device=device)
    with torch.no_grad():
        for x, y in loader:
            good += (model(x.to(device)).argmax(1) == y.to(device)).sum()
    return good.item() / len(loader.dataset)


def run(cfg):
    torch.manual_seed(cfg["seed"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_dl, val_dl, n_classes = build_data(cfg["data"], cfg["seed"])
    model = build_model(cfg, n_classes, device)
    epochs = cfg["optim"]["epochs"]
    opt, sched = build_optim(cfg["optim"], model, epochs * len(train_dl))
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in train_dl:
            loss = criterion(model(x.to(device)), y.to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            total += loss.detach()
        print(f"{epoch:02d} loss {total.item() / len(train_dl):.4f} val acc {validate(model, val_dl, device):.4f}")
    torch.save({"config": cfg, "model": model.state_dict()}, "tilenet.pt")


if __name__ == "__main__":
    run(CONFIG)
