"""Exponential decay for a spline regressor."""
import torch
from torch.optim.lr_scheduler import ExponentialLR

torch.manual_seed(21)
t = torch.rand(1000, 1) * 6.28
y = torch.sin(t) + 0.05 * torch.randn_like(t)
f = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
o = torch.optim.Adam(f.parameters(), lr=1e-2)
sch = ExponentialLR(o, gamma=0.999)

step = 0
while step < 5000:
    pick = torch.randint(0, 1000, (64,))
    loss = ((f(t[pick]) - y[pick]) ** 2).mean()
    o.zero_grad()
    loss.backward()
    sch.step()  # PLANTED
    o.step()
    if step % 250 == 0:
        print(step, loss.item(), sch.get_last_lr())
    step += 1
