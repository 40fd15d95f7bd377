"""The optimizer is given lr=0.0 and then a rate by hand at each step."""
import torch
import torch.nn.functional as F


def noam(step, d=512, warmup=4000):
    step = max(1, step)
    return d**-0.5 * min(step**-0.5, step * warmup**-1.5)


def train(model, batches, pad):
    torch.manual_seed(1)
    opt = torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)
    model.train()
    for step, (src, tgt) in enumerate(batches, 1):
        for group in opt.param_groups:
            group["lr"] = noam(step)
        logits = model(src, tgt[:, :-1])
        loss = F.cross_entropy(logits.transpose(1, 2), tgt[:, 1:], ignore_index=pad)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
