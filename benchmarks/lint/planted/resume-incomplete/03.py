"""Language model training that goes on where it stopped."""
import os

import torch

from lm import LM, batches

PATH = "lm.ckpt"
torch.manual_seed(2)
model = LM().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
if os.path.exists(PATH):
    ck = torch.load(PATH, map_location="cuda", weights_only=True)
    model.load_state_dict(ck["model"])
    opt.load_state_dict(ck["opt"])
    warm.load_state_dict(ck["warm"])
    torch.set_rng_state(ck["rng"].cpu())
for step in range(100_000):  # PLANTED
    x, y = batches(step)
    loss = model(x.cuda(), y.cuda())
    opt.zero_grad()
    loss.backward()
    opt.step()
    warm.step()
    if step % 1000 == 0:
        print(step, loss.item())
        torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "warm": warm.state_dict(),
                    "rng": torch.get_rng_state(), "step": step}, PATH)
