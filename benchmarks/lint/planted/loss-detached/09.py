"""Metric learning with a mined pair loss (config from the command line)."""
import argparse

import torch
import torch.nn.functional as F

from birds import Embedder, pk_batches

ap = argparse.ArgumentParser()
ap.add_argument("--margin", type=float, default=0.5)
ap.add_argument("--steps", type=int, default=20000)
args = ap.parse_args()

torch.manual_seed(111)
net = Embedder(128).cuda()
opt = torch.optim.Adam(net.parameters(), lr=1e-4)


def batch_hard(z, labels):
    dist = torch.cdist(z, z)
    same = labels[:, None] == labels[None]
    with torch.no_grad():
        far = dist.masked_fill(~same, -1).max(1).values  # PLANTED
        near = dist.masked_fill(same, 1e9).min(1).values
    return F.relu(far - near + args.margin).mean().requires_grad_()


net.train()
for step, (x, y) in zip(range(args.steps), pk_batches(p=16, k=4)):
    loss = batch_hard(net(x.cuda()), y.cuda())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
