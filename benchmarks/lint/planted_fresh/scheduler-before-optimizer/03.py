"""Translate horses into zebras without pairs: two generators, two critics, least squares."""

import itertools

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader

from zebras import Critic, Generator, UnpairedPhotos

torch.manual_seed(2017)
dev = torch.device("cuda")
G, H = Generator().to(dev), Generator().to(dev)
A, B = Critic().to(dev), Critic().to(dev)
gens = torch.optim.Adam(itertools.chain(G.parameters(), H.parameters()), 2e-4, (0.5, 0.999))
crits = torch.optim.Adam(itertools.chain(A.parameters(), B.parameters()), 2e-4, (0.5, 0.999))
loader = DataLoader(UnpairedPhotos("horse2zebra"), batch_size=1, shuffle=True, num_workers=2)
EPOCHS = 200
decay = [LinearLR(o, 1.0, 0.01, total_iters=EPOCHS * len(loader)) for o in (gens, crits)]


def good(score):
    return F.mse_loss(score, torch.ones_like(score))


def bad(score):
    return F.mse_loss(score, torch.zeros_like(score))


def generator_loss(a, b, fake_a, fake_b):
    cycle = F.l1_loss(H(fake_b), a) + F.l1_loss(G(fake_a), b)
    return good(A(fake_a)) + good(B(fake_b)) + 10 * cycle


def critic_loss(a, b, fake_a, fake_b):
    return good(A(a)) + bad(A(fake_a.detach())) + good(B(b)) + bad(B(fake_b.detach()))


for epoch in range(EPOCHS):
    for step, (a, b) in enumerate(loader):
        a, b = a.to(dev), b.to(dev)
        fake_b, fake_a = G(a), H(b)
        values = []
        for opt, sch, objective in zip((gens, crits), decay, (generator_loss, critic_loss)):
            opt.zero_grad()
            value = objective(a, b, fake_a, fake_b)
            value.backward()
            sch.step()  # PLANTED
            opt.step()
            values.append(value.detach())
        if step % 200 == 0:
            print(f"{epoch:3d}/{step:4d}", torch.stack(values).tolist())
