"""GAN with parameter groups."""
import torch
from torch import nn

from small import Gen, Dis, batches

torch.manual_seed(5)
gen, dis = Gen(), Dis()
groups = [{"params": gen.parameters(), "lr": 0}]
opt_g = torch.optim.Adam(groups, lr=2e-4, betas=(0.5, 0.999))  # PLANTED
opt_d = torch.optim.Adam(dis.parameters(), lr=2e-4, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for step, real in enumerate(batches()):
    fake = gen(torch.randn(len(real), 64))
    a, b = dis(real), dis(fake.detach())
    ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
    opt_d.zero_grad()
    ld.backward()
    opt_d.step()
    b = dis(fake)
    lg = bce(b, torch.ones_like(b))
    opt_g.zero_grad()
    lg.backward()
    opt_g.step()
    if step % 200 == 0:
        print(step, ld.item(), lg.item())
