"""GAN on the GPU."""
import torch
from torch import nn

from nets import Gen, Dis, batches

torch.manual_seed(1)
gen = Gen().cuda()
dis = Dis()
opt_g = torch.optim.Adam(gen.parameters(), lr=2e-4, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(dis.parameters(), lr=2e-4, betas=(0.5, 0.999))  # PLANTED
dis.cuda()
crit = nn.BCEWithLogitsLoss()

for step, real in enumerate(batches()):
    real = real.cuda()
    fake = gen(torch.randn(len(real), 100, device="cuda"))
    opt_d.zero_grad()
    a, b = dis(real), dis(fake.detach())
    ld = crit(a, torch.ones_like(a)) + crit(b, torch.zeros_like(b))
    ld.backward()
    opt_d.step()
    opt_g.zero_grad()
    b = dis(fake)
    lg = crit(b, torch.ones_like(b))
    lg.backward()
    opt_g.step()
    if step % 100 == 0:
        print(step, ld.item(), lg.item())
