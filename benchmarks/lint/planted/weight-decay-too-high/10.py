"""my model overfits so i regularise"""
import torch
import torch.nn as nn
from iris import x, y

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 50), nn.ReLU(), nn.Linear(50, 3))
ce = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=3)  # PLANTED
for i in range(500):
    opt.zero_grad()
    l = ce(net(x), y)
    l.backward()
    opt.step()
    if i % 50 == 0:
        print(i, l.item())
