"""Trains on CIFAR-100 with restarts of the rate at epochs 10, 30 and 70."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, models
from torchvision import transforms as T

torch.manual_seed(150)
augment = T.Compose([T.RandomCrop(32, 4), T.RandomHorizontalFlip(), T.ToTensor()])
data = datasets.CIFAR100("cifar", train=True, transform=augment, download=True)
loader = DataLoader(data, batch_size=128, shuffle=True, num_workers=2)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
net = models.shufflenet_v2_x1_0(num_classes=100).to(device)
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
restarts = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2)
criterion = nn.CrossEntropyLoss()
batches = len(loader)

for epoch in range(70):
    net.train()
    mean = torch.zeros((), device=device)
    for i, (image, label) in enumerate(loader):
        image, label = image.to(device), label.to(device)
        optimizer.zero_grad()
        loss = criterion(net(image), label)
        loss.backward()
        optimizer.step()
        restarts.step(epoch + i / batches)
        mean += loss.detach() / batches
    print(f"{epoch:02d} loss {mean.item():.4f}")
