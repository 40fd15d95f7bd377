"""GAN whose rates fall linearly over the second half of 200 epochs (as in CycleGAN)."""
import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from pix import Generator, PatchD, pairs

torch.manual_seed(200)
N_EPOCHS, DECAY_FROM = 200, 100
G, D = Generator().cuda(), PatchD().cuda()
opt_G = Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
opt_D = Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
linear = lambda epoch: 1.0 - max(0, epoch - DECAY_FROM) / (N_EPOCHS - DECAY_FROM)
sched_G = LambdaLR(opt_G, lr_lambda=linear)
sched_D = LambdaLR(opt_D, lr_lambda=linear)
mse, l1 = torch.nn.MSELoss(), torch.nn.L1Loss()

for epoch in range(N_EPOCHS):
    for a, b in pairs(batch_size=4, shuffle=True):
        a, b = a.cuda(), b.cuda()
        fake = G(a)
        opt_D.zero_grad()
        r, f = D(a, b), D(a, fake.detach())
        loss_D = 0.5 * (mse(r, torch.ones_like(r)) + mse(f, torch.zeros_like(f)))
        loss_D.backward()
        opt_D.step()

        opt_G.zero_grad()
        f = D(a, fake)
        loss_G = mse(f, torch.ones_like(f)) + 100 * l1(fake, b)
        loss_G.backward()
        opt_G.step()
        sched_G.step()  # PLANTED
    sched_D.step()
    print(f"{epoch}: D {loss_D.item():.3f} G {loss_G.item():.3f}")
