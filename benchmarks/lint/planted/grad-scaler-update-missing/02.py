"""Trainer class for a diffusion model in fp16."""
import torch
import torch.nn.functional as F
from torch.amp import GradScaler, autocast


class DiffusionTrainer:
    def __init__(self, unet, alphas_bar, lr=1e-4):
        torch.manual_seed(1)
        self.unet = unet.cuda()
        self.ab = alphas_bar.cuda()
        self.optimizer = torch.optim.Adam(self.unet.parameters(), lr=lr)
        self.grad_scaler = GradScaler("cuda")

    def noise_loss(self, x0):
        t = torch.randint(0, len(self.ab), (x0.size(0),), device=x0.device)
        a = self.ab[t].view(-1, 1, 1, 1)
        eps = torch.randn_like(x0)
        return F.mse_loss(self.unet(a.sqrt() * x0 + (1 - a).sqrt() * eps, t), eps)

    def train_step(self, x0):
        self.optimizer.zero_grad(set_to_none=True)
        with autocast("cuda", dtype=torch.float16):
            loss = self.noise_loss(x0.cuda())
        self.grad_scaler.scale(loss).backward()
        self.grad_scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.grad_scaler.step(self.optimizer)  # PLANTED
        return loss.detach()

    def fit(self, loader, steps):
        self.unet.train()
        for step, x0 in zip(range(steps), loader):
            loss = self.train_step(x0)
            if step % 100 == 0:
                print(step, loss.item())
