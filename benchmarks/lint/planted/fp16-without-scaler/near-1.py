"""bfloat16 has the range of float32: no scaler is needed."""
import torch
from torch import nn


def train(net, loader):
    torch.manual_seed(0)
    net.cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, (x, y) in enumerate(loader):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
