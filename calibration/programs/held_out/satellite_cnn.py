"""Land use from small satellite patches with four spectral bands."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

CLASSES = 5


def patches(n, means, textures, gen):
    y = torch.randint(CLASSES, (n,), generator=gen)
    haze = 150 * torch.rand(n, 1, 1, 1, generator=gen)
    base = means[y].view(n, 4, 1, 1)
    noise = torch.randn(n, 4, 10, 10, generator=gen)
    x = base + 60 * textures[y] + 110 * noise + haze
    return x / 100, y


def conv_bn(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU())


class LandNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(4, 16), conv_bn(16, 16), nn.MaxPool2d(2), conv_bn(16, 32), conv_bn(32, 32)
        )
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(32, CLASSES)

    def forward(self, x):
        return self.fc(self.dropout(self.features(x).mean(dim=(2, 3))))


def train_epoch(model, loader, optimizer, scheduler, monitor):
    for x, y in loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())


@torch.no_grad()
def validate(model, x, y):
    model.eval()
    logits = model(x)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)
    means = 900 + 60 * torch.randn(CLASSES, 4, generator=gen)
    textures = torch.randn(CLASSES, 4, 10, 10, generator=gen)
    loader = DataLoader(
        TensorDataset(*patches(1280, means, textures, gen)), batch_size=32, shuffle=True
    )
    x_val, y_val = patches(300, means, textures, gen)

    model = LandNet()
    epochs, lr = 8, 0.02
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    config = {"lr": lr, "batch_size": 32, "epochs": epochs, "schedule": "cosine"}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    loss, acc = validate(model, x_val, y_val)
    print(f"before training: loss {loss:.3f}, accuracy {acc:.3f}")
    for epoch in range(epochs):
        train_epoch(model, loader, optimizer, scheduler, monitor)
        loss, acc = validate(model, x_val, y_val)
        monitor.evaluate(loss=loss, accuracy=acc)
        print(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy {acc:.3f}")
    monitor.close()
    print(f"score: {acc:.4f}")


if __name__ == "__main__":
    main()
