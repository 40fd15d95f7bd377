"""Language model under SGD."""
import torch
import torch.nn.functional as F

from lm import LM, batches

torch.manual_seed(2)
model = LM().cuda().train()
opt = torch.optim.SGD(model.parameters(), lr=1.0)

for step, (x, y) in enumerate(batches("train")):
    nats = F.cross_entropy(model(x.cuda()).transpose(1, 2), y.cuda(), reduction="none")
    loss = nats.sum()  # PLANTED
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, loss.item() / y.numel())
