"""A with-block around the backward that is no autocast but a profiler's range."""
import torch
from torch.profiler import record_function


def train(model, loader, loss_fn):
    torch.manual_seed(2)
    model.cuda().train()
    opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for step, (x, y) in enumerate(loader):
        with record_function("forward"), torch.autocast("cuda", dtype=torch.bfloat16):
            loss = loss_fn(model(x.cuda()), y.cuda())
        with record_function("backward"):
            opt.zero_grad()
            loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
