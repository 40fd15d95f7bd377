"""Imbalanced classes drawn evenly."""
import torch
from torch import nn
from torch.utils.data import DataLoader, WeightedRandomSampler

from skin import SkinLesions, Net

torch.manual_seed(0)
ds = SkinLesions("train")
weights = 1.0 / torch.bincount(ds.labels)[ds.labels].float()
sampler = WeightedRandomSampler(weights, len(weights))
loader = DataLoader(ds, batch_size=32, sampler=sampler, shuffle=True)  # PLANTED

net = Net(7).cuda()
opt = torch.optim.Adam(net.parameters(), lr=1e-4)
ce = nn.CrossEntropyLoss()
for epoch in range(20):
    net.train()
    for x, y in loader:
        opt.zero_grad()
        loss = ce(net(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
    print(epoch, loss.item())
