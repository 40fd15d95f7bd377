"""Depth regression, functional loss."""
import torch
import torch.nn.functional as F


class DepthRun:
    def __init__(self, net, lr=1e-2):
        torch.manual_seed(1)
        self.net = net.cuda()
        self.opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)

    def fit(self, loader, epochs=40):
        for epoch in range(epochs):
            self.net.train()
            for rgb, depth in loader:
                loss = F.mse_loss(self.net(rgb.cuda()), depth.cuda(), reduction="sum")  # PLANTED
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())
