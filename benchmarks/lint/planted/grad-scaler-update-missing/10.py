"""amp practice on fashion mnist"""
import torch
import torch.nn as nn
from torch.amp import *
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

torch.manual_seed(3)
dl = torch.utils.data.DataLoader(FashionMNIST("d", download=True, transform=ToTensor()), 256, shuffle=True)
m = nn.Sequential(nn.Flatten(), nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 10)).cuda()
o = torch.optim.Adam(m.parameters())
sc = GradScaler("cuda")
f = nn.CrossEntropyLoss()

def batch(x, y):
    o.zero_grad()
    with autocast("cuda"):
        l = f(m(x), y)
    sc.scale(l).backward()
    sc.step(o)  # PLANTED
    return l.detach()

for e in range(5):
    m.train()
    ls = [batch(x.cuda(), y.cuda()) for x, y in dl]
    print(e, torch.stack(ls).mean().item())
