"""bf16 training of a small GPT."""
import torch

from nanolm import GPT, get_batch

torch.manual_seed(1337)
model = GPT().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=6e-4, betas=(0.9, 0.95))
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=300)
ctx = torch.amp.autocast(device_type="cuda", dtype=torch.bfloat16)

model.train()
for step in range(20000):
    x, y = get_batch("train")
    with ctx:
        _, loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # PLANTED
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    warmup.step()
    if step % 100 == 0:
        print(step, loss.item())
