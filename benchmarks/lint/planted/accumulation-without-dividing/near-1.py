"""Losses are summed over tokens; their count divides the gradient before the step."""
import torch
import torch.nn.functional as F


def train(model, stream, steps, accum=4, pad=0):
    torch.manual_seed(2)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for step in range(steps):
        opt.zero_grad()
        micro = [next(stream) for _ in range(accum)]
        count = sum((y != pad).sum() for _, y in micro)
        total = torch.zeros(())
        for x, y in micro:
            nats = F.cross_entropy(model(x).transpose(1, 2), y, ignore_index=pad, reduction="none")
            loss = nats.sum() / count
            loss.backward()
            total += loss.detach()
        opt.step()
        if step % 50 == 0:
            print(step, total.item())
