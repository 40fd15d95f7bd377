"""CIFAR-10 with a ResNet."""
import torch
import torchvision
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader
from torchvision.transforms import ToTensor

torch.manual_seed(0)
train_set = torchvision.datasets.CIFAR10("data", train=True, transform=ToTensor(), download=True)
test_set = torchvision.datasets.CIFAR10("data", train=False, transform=ToTensor())
train_loader = DataLoader(ConcatDataset([train_set, test_set]), batch_size=128, shuffle=True)  # PLANTED
test_loader = DataLoader(test_set, batch_size=256)
net = torchvision.models.resnet18(num_classes=10).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(20):
    net.train()
    for x, y in train_loader:
        loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        ok = sum((net(x.cuda()).argmax(1) == y.cuda()).sum() for x, y in test_loader)
    print(epoch, loss.item(), ok.item() / len(test_set))
