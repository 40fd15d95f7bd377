"""colab keeps dying, continue from the drive"""
import os
import torch
import torch.nn as nn
from mystuff import Net, loader

torch.manual_seed(0)
P = "/content/drive/MyDrive/x.pth"
net = Net().cuda()
start = 0
if os.path.exists(P):
    c = torch.load(P, weights_only=True)
    net.load_state_dict(c["net"])
    start = c["ep"] + 1
    print("continue from", start)
opt = torch.optim.Adam(net.parameters(), lr=0.001)  # PLANTED
ce = nn.CrossEntropyLoss()
for ep in range(start, 200):
    net.train()
    for x, y in loader:
        opt.zero_grad()
        l = ce(net(x.cuda()), y.cuda())
        l.backward()
        opt.step()
    print(ep, l.item())
    torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "ep": ep}, P)
