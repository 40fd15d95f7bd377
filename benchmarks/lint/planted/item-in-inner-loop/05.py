"""GPT pretraining over a few epochs."""
import time

import torch

from gptlib import GPT, batches

torch.manual_seed(4)
model = GPT().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=300)
losses = []
for epoch in range(2):
    t0 = time.time()
    for x, y in batches(epoch):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = model(x.cuda(), y.cuda())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        warm.step()
        losses.append(float(loss))  # PLANTED
    print(f"epoch {epoch} mean {sum(losses) / len(losses):.3f} in {time.time() - t0:.0f} s")
