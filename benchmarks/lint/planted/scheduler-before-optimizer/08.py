"""Wasserstein GAN with gradient penalty and decaying rates."""
import torch
from torch import optim
from torch.optim.lr_scheduler import LinearLR

from wgan import Critic, Gen, gradient_penalty, images

torch.manual_seed(13)
critic, gen = Critic().cuda(), Gen().cuda()
c_opt = optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
g_opt = optim.Adam(gen.parameters(), lr=1e-4, betas=(0.0, 0.9))
c_sched = LinearLR(c_opt, 1.0, 0.0, total_iters=100_000)
g_sched = LinearLR(g_opt, 1.0, 0.0, total_iters=100_000)

for it, real in enumerate(images()):
    real = real.cuda()
    noise = torch.randn(real.size(0), 128, device="cuda")
    fake = gen(noise).detach()
    c_loss = critic(fake).mean() - critic(real).mean() + 10 * gradient_penalty(critic, real, fake)
    c_opt.zero_grad()
    c_loss.backward()
    c_opt.step()
    c_sched.step()
    if it % 5 == 0:
        g_loss = -critic(gen(noise)).mean()
        g_opt.zero_grad()
        g_loss.backward()
        g_sched.step()  # PLANTED
        g_opt.step()
    if it % 500 == 0:
        print(it, c_loss.item(), g_loss.item())
