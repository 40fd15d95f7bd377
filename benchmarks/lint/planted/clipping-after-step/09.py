"""WGAN with weight clipping in the critic and gradient clipping in the generator."""
import torch
from torch import nn

from wg import Critic, Generator, stream

torch.manual_seed(44)
C, G = Critic(), Generator()
oc = torch.optim.RMSprop(C.parameters(), lr=5e-5)
og = torch.optim.RMSprop(G.parameters(), lr=5e-5)


def critic_step(real):
    fake = G(torch.randn(len(real), 100)).detach()
    loss = C(fake).mean() - C(real).mean()
    oc.zero_grad()
    loss.backward()
    oc.step()
    with torch.no_grad():
        for p in C.parameters():
            p.clamp_(-0.01, 0.01)
    return loss.detach()


def generator_step(n):
    loss = -C(G(torch.randn(n, 100))).mean()
    og.zero_grad()
    loss.backward()
    og.step()
    nn.utils.clip_grad_norm_(G.parameters(), 1.0)  # PLANTED
    return loss.detach()


for i, real in enumerate(stream(64)):
    lc = critic_step(real)
    if i % 5 == 4:
        lg = generator_step(64)
        if i % 500 == 4:
            print(i, lc.item(), lg.item())
