"""Translation with nn.Transformer in a trainer, cosine rate."""
import torch
from torch import nn


class Trainer:
    def __init__(self, src, tgt, steps, d=512, pad=0):
        torch.manual_seed(1)
        self.pad = pad
        self.se, self.te = nn.Embedding(src, d, padding_idx=pad), nn.Embedding(tgt, d, padding_idx=pad)
        self.core, self.out = nn.Transformer(d, 8, 6, 6, batch_first=True), nn.Linear(d, tgt)
        self.all = nn.ModuleList([self.se, self.te, self.core, self.out]).cuda()
        self.opt = torch.optim.Adam(self.all.parameters(), lr=1e-3, betas=(0.9, 0.98))  # PLANTED
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, T_max=steps)
        self.ce = nn.CrossEntropyLoss(ignore_index=pad)

    def step(self, s, t):
        mask = nn.Transformer.generate_square_subsequent_mask(t.size(1) - 1, device=t.device)
        h = self.core(self.se(s), self.te(t[:, :-1]), tgt_mask=mask, src_key_padding_mask=s == self.pad)
        loss = self.ce(self.out(h).transpose(1, 2), t[:, 1:])
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.sched.step()
        return loss.detach()

    def fit(self, loader):
        self.all.train()
        for i, (s, t) in enumerate(loader):
            loss = self.step(s.cuda(), t.cuda())
            if i % 100 == 0:
                print(i, loss.item())
