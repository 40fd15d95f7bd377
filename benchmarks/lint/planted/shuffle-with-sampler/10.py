"""balance my dataset of mushrooms"""
import torch
import torch.nn as nn
from torch.utils.data import *
from torchvision import datasets, transforms, models

torch.manual_seed(0)
t = transforms.Compose([transforms.Resize((128, 128)), transforms.ToTensor()])
train = datasets.ImageFolder("mushrooms/train", t)
count = [train.targets.count(i) for i in range(len(train.classes))]
w = [1.0 / count[t] for t in train.targets]
s = WeightedRandomSampler(w, len(train), replacement=True)
trainloader = DataLoader(train, batch_size=16, shuffle=True, sampler=s)  # PLANTED

m = models.resnet18(num_classes=len(train.classes))
o = torch.optim.Adam(m.parameters(), lr=0.0005)
l = nn.CrossEntropyLoss()
for e in range(10):
    m.train()
    for x, y in trainloader:
        o.zero_grad()
        loss = l(m(x), y)
        loss.backward()
        o.step()
    print(e, loss.item())
