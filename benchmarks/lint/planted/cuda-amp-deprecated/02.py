"""Trainer of a speech synthesiser with a scaler of its own."""
import torch
from torch.nn import functional as F


class VocoderTrainer:
    def __init__(self, net):
        torch.manual_seed(4)
        self.net = net.cuda()
        self.opt = torch.optim.Adam(net.parameters(), lr=2e-4)
        self.scaler = torch.cuda.amp.GradScaler()  # PLANTED

    def step(self, mel, wav):
        self.opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16):
            loss = F.l1_loss(self.net(mel.cuda()), wav.cuda())
        self.scaler.scale(loss).backward()
        self.scaler.step(self.opt)
        self.scaler.update()
        return loss.detach()

    def run(self, loader, epochs=100):
        for epoch in range(epochs):
            self.net.train()
            mean = torch.stack([self.step(m, w) for m, w in loader]).mean()
            print(f"epoch {epoch} l1 {mean.item():.4f}")
