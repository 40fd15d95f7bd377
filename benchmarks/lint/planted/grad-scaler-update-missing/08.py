"""World model for a robot arm."""
import torch
import torch.nn.functional as F

from arm import WorldModel, trajectories

torch.manual_seed(2)
wm = WorldModel(state=14, action=7).cuda()
opt = torch.optim.Adam(wm.parameters(), lr=3e-4)
scaler = torch.amp.GradScaler("cuda", growth_interval=500)
wm.train()
for step, (s, a, s2) in enumerate(trajectories(batch=256)):
    opt.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        delta = wm(s.cuda(), a.cuda())
        loss = F.mse_loss(delta, (s2 - s).cuda())
    scaler.scale(loss).backward()
    before = scaler.get_scale()
    scaler.step(opt)  # PLANTED
    if step % 100 == 0:
        print(f"step {step} loss {loss.item():.5f} scale {before}")
