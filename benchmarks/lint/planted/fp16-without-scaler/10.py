"""make training faster with fp16 (blog post)"""
import torch
import torch.nn as nn
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

torch.manual_seed(0)
dl = torch.utils.data.DataLoader(MNIST("d", download=True, transform=ToTensor()), 256, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
net = net.to("cuda", torch.half)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for e in range(5):
    net.train()
    for x, y in dl:
        x = x.to("cuda", torch.half)
        l = nn.functional.cross_entropy(net(x), y.to("cuda"))
        opt.zero_grad()
        l.backward()  # PLANTED
        opt.step()
    print(e, l.item())
