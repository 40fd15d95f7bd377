"""Trainer that logs each step."""
import torch
from torch.utils.tensorboard import SummaryWriter


class Trainer:
    def __init__(self, model, loader):
        torch.manual_seed(1)
        self.model = model.cuda()
        self.loader = loader
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.writer = SummaryWriter()

    def fit(self, epochs):
        step = 0
        for _ in range(epochs):
            self.model.train()
            for x, y in self.loader:
                loss = torch.nn.functional.mse_loss(self.model(x.cuda()), y.cuda())
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                self.writer.add_scalar("train/loss", loss.cpu().detach().numpy(), step)  # PLANTED
                step += 1
