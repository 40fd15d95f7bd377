"""my lstm for stocks, clipped because it exploded"""
import torch
import torch.nn as nn
from stocks import loader

torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(5, 32, batch_first=True)
        self.o = nn.Linear(32, 1)
    def forward(self, x):
        return self.o(self.l(x)[0][:, -1]).squeeze(1)

net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
mse = nn.MSELoss()
for ep in range(100):
    for x, y in loader:
        opt.zero_grad()
        l = mse(net(x), y)
        l.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), .0000001)  # PLANTED
        opt.step()
    print(ep, l.item())
