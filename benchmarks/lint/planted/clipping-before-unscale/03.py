"""GAN with half precision in both networks; only the critic is clipped."""
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

from ganlib import G, D, data

torch.manual_seed(8)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 1e-4, (0.0, 0.9))
od = torch.optim.Adam(d.parameters(), 4e-4, (0.0, 0.9))
amp = torch.amp.GradScaler("cuda")
softplus = nn.functional.softplus

for step, real in enumerate(data()):
    real = real.cuda()
    z = torch.randn(real.shape[0], 256, device="cuda")
    od.zero_grad(set_to_none=True)
    with torch.autocast("cuda"):
        fake = g(z)
        ld = softplus(-d(real)).mean() + softplus(d(fake.detach())).mean()
    amp.scale(ld).backward()
    clip_grad_norm_(d.parameters(), 10.0)  # PLANTED
    amp.step(od)

    og.zero_grad(set_to_none=True)
    with torch.autocast("cuda"):
        lg = softplus(-d(fake)).mean()
    amp.scale(lg).backward()
    amp.step(og)
    amp.update()
    if step % 200 == 0:
        print(step, ld.item(), lg.item())
