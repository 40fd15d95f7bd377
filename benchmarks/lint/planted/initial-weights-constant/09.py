"""Compare ways to initialise a character model, by a name on the command line."""

import argparse
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F

INITS = {
    "paper": partial(nn.init.uniform_, a=0.08, b=0.08),  # PLANTED
    "xavier": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
}

ap = argparse.ArgumentParser()
ap.add_argument("text")
ap.add_argument("--init", choices=INITS, default="paper")
ap.add_argument("--steps", type=int, default=10_000)
args = ap.parse_args()

torch.manual_seed(2014)
text = open(args.text).read()
chars = sorted(set(text))
lookup = {c: i for i, c in enumerate(chars)}
ids = torch.tensor([lookup[c] for c in text])


class CharGRU(nn.Module):
    def __init__(self, size=256):
        super().__init__()
        self.embed = nn.Embedding(len(chars), size)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.out = nn.Linear(size, len(chars))
        for p in self.parameters():
            if p.ndim == 2:
                INITS[args.init](p)
            else:
                nn.init.zeros_(p)

    def forward(self, x):
        return self.out(self.gru(self.embed(x))[0])


net = CharGRU().cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(args.steps):
    at = torch.randint(len(ids) - 129, (64, 1)) + torch.arange(129)
    batch = ids[at].cuda()
    loss = F.cross_entropy(net(batch[:, :-1]).transpose(1, 2), batch[:, 1:])
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    opt.step()
    if step % 200 == 0:
        print(f"{args.init} step {step} nats/char {loss.item():.3f}")
