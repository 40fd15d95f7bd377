"""PPO with AMP on pixels."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Args:
    lr: float = 2.5e-4
    clip: float = 0.1
    max_grad_norm: float = 0.5
    epochs: int = 4
    seed: int = 1


class PPO:
    def __init__(self, net, args: Args):
        torch.manual_seed(args.seed)
        self.net, self.args = net.cuda(), args
        self.opt = torch.optim.Adam(self.net.parameters(), lr=args.lr, eps=1e-5)
        self.scaler = torch.amp.GradScaler("cuda")

    def update(self, minibatches):
        for _ in range(self.args.epochs):
            for mb in minibatches:
                with torch.autocast("cuda"):
                    dist, value = self.net(mb.obs)
                    ratio = (dist.log_prob(mb.act) - mb.logp).exp()
                    surr = torch.min(ratio * mb.adv, ratio.clamp(1 - self.args.clip, 1 + self.args.clip) * mb.adv)
                    loss = -surr.mean() + 0.5 * (value.squeeze(-1) - mb.ret).pow(2).mean() - 0.01 * dist.entropy().mean()
                self.opt.zero_grad()
                self.scaler.scale(loss).backward()
                nn.utils.clip_grad_norm_(self.net.parameters(), self.args.max_grad_norm)  # PLANTED
                self.scaler.step(self.opt)
                self.scaler.update()
        print("ppo loss", loss.item())
