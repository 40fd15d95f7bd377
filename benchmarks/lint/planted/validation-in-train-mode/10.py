"""cnn assignment part 2 - report test accuracy every epoch"""
import torch
import torch.nn as nn
from torchvision import datasets, transforms

torch.manual_seed(1)
t = transforms.ToTensor()
train = torch.utils.data.DataLoader(datasets.SVHN("d", "train", t, download=True), 128, shuffle=True)
test = torch.utils.data.DataLoader(datasets.SVHN("d", "test", t, download=True), 256)

class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(3, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                               nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.drop = nn.Dropout(0.5)
        self.f = nn.Linear(256, 10)
    def forward(self, x):
        return self.f(self.drop(self.c(x).flatten(1)))

cnn = CNN()
o = torch.optim.Adam(cnn.parameters())
ce = nn.CrossEntropyLoss()
for ep in range(6):
    for x, y in train:
        o.zero_grad()
        l = ce(cnn(x), y)
        l.backward()
        o.step()
    good = torch.tensor(0)
    with torch.no_grad():
        for x, y in test:  # PLANTED
            good += (cnn(x).argmax(1) == y).sum()
    print("epoch", ep, "loss", l.item(), "test acc", good.item() / len(test.dataset))
