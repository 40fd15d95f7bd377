"""Language model with periodic checkpoints by step."""
import os

import torch

from model import GPT
from data import batches

OUT = "out"
torch.manual_seed(2)
model = GPT().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
start = 0
if os.path.exists(f"{OUT}/ckpt.pt"):
    ck = torch.load(f"{OUT}/ckpt.pt", map_location="cuda", weights_only=True)
    model.load_state_dict(ck["weights"])
    warm.load_state_dict(ck["warm"])
    start = ck["step"] + 1

for step, (x, y) in enumerate(batches(start), start):
    loss = model(x.cuda(), y.cuda())
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    warm.step()
    if step % 1000 == 0:
        print(step, loss.item())
        torch.save(dict(weights=model.state_dict(), warm=warm.state_dict(), step=step), f"{OUT}/ckpt.pt")  # PLANTED
