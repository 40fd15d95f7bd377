import argparse
import random

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
import torchvision.transforms as T
from torch.cuda.amp import GradScaler
from torch.utils.data import DataLoader

parser = argparse.ArgumentParser(description="CIFAR-10 training")
parser.add_argument("--lr", default=0.05, type=float)
parser.add_argument("--epochs", default=30, type=int)
parser.add_argument("--batch-size", default=128, type=int)
parser.add_argument("--seed", default=42, type=int)
args = parser.parse_args()

random.seed(args.seed)
np.random.seed(args.seed)
torch.manual_seed(args.seed)

device = torch.device("cuda")

mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
transform_train = T.Compose([
    T.RandomCrop(32, padding=4),
    T.RandomHorizontalFlip(),
    T.ToTensor(),
    T.Normalize(mean, std),
])
transform_test = T.Compose([T.ToTensor(), T.Normalize(mean, std)])

trainset = torchvision.datasets.CIFAR10("./data", train=True, download=True, transform=transform_train)
testset = torchvision.datasets.CIFAR10("./data", train=False, download=True, transform=transform_test)
trainloader = DataLoader(trainset, batch_size=args.batch_size, shuffle=True, num_workers=4, pin_memory=True)
testloader = DataLoader(testset, batch_size=256, shuffle=False, num_workers=4, pin_memory=True)

net = torchvision.models.resnet18(num_classes=10)
net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
net.maxpool = nn.Identity()
net = net.to(device)

decay = [p for p in net.parameters() if p.ndim > 1]
no_decay = [p for p in net.parameters() if p.ndim <= 1]
optimizer = optim.SGD(
    [{"params": decay, "weight_decay": 5e-4}, {"params": no_decay, "weight_decay": 0.0}],
    lr=args.lr, momentum=0.9,
)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)
criterion = nn.CrossEntropyLoss()
scaler = GradScaler()  # PLANTED


def train(epoch):
    net.train()
    running = torch.zeros((), device=device)
    for i, (inputs, targets) in enumerate(trainloader):
        inputs = inputs.to(device, non_blocking=True)
        targets = targets.to(device, non_blocking=True)
        optimizer.zero_grad()
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            outputs = net(inputs)
            loss = criterion(outputs, targets)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        running += loss.detach()
    print(f"Epoch {epoch}: train loss {running.item() / len(trainloader):.4f}")


@torch.no_grad()
def test(epoch):
    net.eval()
    correct = torch.zeros((), device=device)
    for inputs, targets in testloader:
        inputs, targets = inputs.to(device), targets.to(device)
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            outputs = net(inputs)
        correct += (outputs.argmax(1) == targets).sum()
    acc = 100.0 * correct.item() / len(testset)
    print(f"Epoch {epoch}: test acc {acc:.2f}%")


for epoch in range(args.epochs):
    train(epoch)
    test(epoch)
    scheduler.step()

torch.save(net.state_dict(), "resnet18_cifar10.pth")
