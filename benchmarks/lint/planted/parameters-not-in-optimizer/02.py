"""Face recognition with a margin loss that has weights of its own."""
import torch
import torch.nn.functional as F
from torch import nn


class ArcFace(nn.Module):
    def __init__(self, d, n, s=30.0, m=0.3):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n, d) * 0.01)
        self.s, self.m = s, m

    def forward(self, z, y):
        cos = F.linear(F.normalize(z), F.normalize(self.weight)).clamp(-0.999, 0.999)
        hot = F.one_hot(y, len(self.weight)).bool()
        return F.cross_entropy(self.s * torch.where(hot, torch.cos(torch.acos(cos) + self.m), cos), y)


class Trainer:
    def __init__(self, net, n_ids, d=512):
        torch.manual_seed(1)
        self.net = net.cuda()
        self.criterion = ArcFace(d, n_ids).cuda()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)  # PLANTED

    def fit(self, loader, epochs=20):
        for epoch in range(epochs):
            self.net.train()
            for x, y in loader:
                loss = self.criterion(self.net(x.cuda()), y.cuda())
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())
