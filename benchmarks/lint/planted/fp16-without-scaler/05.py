"""GAN in half precision with hinge losses."""
import torch
import torch.nn.functional as F

from gan import Critic, Gen, faces

torch.manual_seed(4)
g, c = Gen().cuda(), Critic().cuda()
og = torch.optim.Adam(g.parameters(), lr=1e-4, betas=(0.0, 0.9))
oc = torch.optim.Adam(c.parameters(), lr=4e-4, betas=(0.0, 0.9))
scaler = torch.amp.GradScaler("cuda")
for step, real in enumerate(faces(64)):
    real = real.cuda()
    z = torch.randn(len(real), 128, device="cuda")
    with torch.autocast("cuda", dtype=torch.float16):
        fake = g(z)
        lc = F.relu(1 - c(real)).mean() + F.relu(1 + c(fake.detach())).mean()
    oc.zero_grad()
    scaler.scale(lc).backward()
    scaler.step(oc)
    scaler.update()
    with torch.autocast("cuda", dtype=torch.float16):
        lg = -c(g(z)).mean()
    og.zero_grad()
    lg.backward()  # PLANTED
    og.step()
    if step % 200 == 0:
        print(step, lc.item(), lg.item())
