"""colab disconnects so i save every epoch and load it again"""
import os
import torch
import torch.nn as nn
from mystuff import Net, loader

torch.manual_seed(0)
PATH = "/content/drive/MyDrive/ckpt.pth"
net = Net().cuda()
opt = torch.optim.Adam(net.parameters(), lr=0.0005)
ce = nn.CrossEntropyLoss()
start = 0
if os.path.exists(PATH):
    c = torch.load(PATH, weights_only=True)
    net.load_state_dict(c["net"])
    start = c["ep"] + 1

for ep in range(start, 100):
    net.train()
    for x, y in loader:
        opt.zero_grad()
        l = ce(net(x.cuda()), y.cuda())
        l.backward()
        opt.step()
    print(ep, l.item())
    torch.save({"net": net.state_dict(), "ep": ep}, PATH)  # PLANTED
