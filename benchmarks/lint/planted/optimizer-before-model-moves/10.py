"""lab 5: move things to gpu if there is one"""
import torch
import torch.nn as nn
from lab5 import trainset

torch.manual_seed(1)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(100, 50)
        self.l2 = nn.Linear(50, 2)
    def forward(self, x):
        return self.l2(torch.relu(self.l1(x)))

net = Net()
crit = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)  # PLANTED
use_gpu = torch.cuda.is_available()
if use_gpu:
    net = net.cuda()
    crit = crit.cuda()

loader = torch.utils.data.DataLoader(trainset, batch_size=10, shuffle=True)
for e in range(20):
    for x, y in loader:
        if use_gpu:
            x, y = x.cuda(), y.cuda()
        opt.zero_grad()
        l = crit(net(x), y)
        l.backward()
        opt.step()
    print("epoch %d loss %.3f" % (e, l.item()))
