"""Trainer with a precision option."""
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, dtype=torch.float16):
        torch.manual_seed(1)
        self.model = model.cuda()
        self.dtype = dtype
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step(self, x, y):
        self.opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=self.dtype):
            loss = F.cross_entropy(self.model(x), y)
        loss.backward()  # PLANTED
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.opt.step()
        return loss.detach()

    def fit(self, loader, epochs=10):
        for epoch in range(epochs):
            self.model.train()
            losses = torch.stack([self.step(x.cuda(), y.cuda()) for x, y in loader])
            print(epoch, losses.mean().item())
