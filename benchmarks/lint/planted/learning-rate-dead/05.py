"""Language model with a cosine rate."""
import math

import torch

from lm import LM, stream

STEPS, DECAY = 20_000, 200
torch.manual_seed(4)
model = LM().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=6e-4)


def rate(step):
    if step < 50:
        return 6e-4 * (step + 1) / 50
    if step > DECAY:
        return 0.0  # PLANTED
    return 6e-4 * 0.5 * (1 + math.cos(math.pi * step / DECAY))


for step, (x, y) in zip(range(STEPS), stream()):
    for group in opt.param_groups:
        group["lr"] = rate(step)
    loss = model(x.cuda(), y.cuda())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
