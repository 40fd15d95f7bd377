import argparse
import os

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(128, 256, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        )
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(256, num_classes)

    def forward(self, x):
        x = self.features(x).flatten(1)
        return self.fc(self.drop(x))


parser = argparse.ArgumentParser(description="CIFAR10 training")
parser.add_argument("--lr", default=1e-3, type=float)
parser.add_argument("--epochs", default=60, type=int)
parser.add_argument("--resume", "-r", action="store_true", help="resume from checkpoint")
args = parser.parse_args()

torch.manual_seed(1234)
device = "cuda" if torch.cuda.is_available() else "cpu"

print("==> Preparing data..")
transform = transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
])
full = datasets.CIFAR10("./data", train=True, download=True, transform=transform)
trainset, valset = random_split(full, [45000, 5000], generator=torch.Generator().manual_seed(0))
trainloader = DataLoader(trainset, batch_size=128, shuffle=True, num_workers=2)
valloader = DataLoader(valset, batch_size=256, shuffle=False, num_workers=2)

print("==> Building model..")
net = Net().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=args.lr)

best_acc = 0.0
start_epoch = 0
if args.resume:
    print("==> Resuming from checkpoint..")
    assert os.path.isfile("./checkpoint/last.pth"), "Error: no checkpoint found!"
    checkpoint = torch.load("./checkpoint/last.pth", map_location=device, weights_only=True)
    net.load_state_dict(checkpoint["net"])
    best_acc = checkpoint["acc"]
    start_epoch = checkpoint["epoch"] + 1  # PLANTED


def train(epoch):
    net.train()
    total = torch.zeros((), device=device)
    for batch_idx, (inputs, targets) in enumerate(trainloader):
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.detach()
        if batch_idx % 100 == 0:
            print(f"epoch {epoch} [{batch_idx}/{len(trainloader)}] loss {loss.item():.4f}")
    print(f"epoch {epoch} train loss {total.item() / len(trainloader):.4f}")


def validate():
    net.eval()
    correct = 0
    with torch.no_grad():
        for inputs, targets in valloader:
            inputs, targets = inputs.to(device), targets.to(device)
            correct += (net(inputs).argmax(1) == targets).sum()
    return 100.0 * correct.item() / len(valset)


for epoch in range(start_epoch, args.epochs):
    train(epoch)
    acc = validate()
    print(f"epoch {epoch} val acc {acc:.2f}")
    os.makedirs("checkpoint", exist_ok=True)
    if acc > best_acc:
        best_acc = acc
        torch.save(net.state_dict(), "./checkpoint/best_weights.pth")
    state = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "acc": best_acc,
        "epoch": epoch,
    }
    torch.save(state, "./checkpoint/last.pth")
