"""CIFAR-10 with validation after each epoch."""
import torch
import torch.nn as nn
import torch.optim as optim

from cifar import train_loader, val_loader
from models import VGG

torch.manual_seed(0)
net = VGG("VGG16").cuda()
net.train()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(100):
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()

    net.eval()  # PLANTED
    correct = torch.zeros((), device="cuda")
    with torch.no_grad():
        for x, y in val_loader:
            correct += (net(x.cuda()).argmax(1) == y.cuda()).sum()
    print(f"epoch {epoch} loss {loss.item():.3f} acc {correct.item() / len(val_loader.dataset):.3f}")
