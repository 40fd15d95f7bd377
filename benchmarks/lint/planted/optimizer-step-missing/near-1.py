"""Train a character model; the update happens in a helper every few batches."""
import torch
from torch import nn


def maybe_update(optimizer, params, count, every):
    if count % every:
        return
    nn.utils.clip_grad_norm_(params, 1.0)
    optimizer.step()
    optimizer.zero_grad()


def train(model, batches, every=4):
    torch.manual_seed(6)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    optimizer.zero_grad()
    model.train()
    for count, (x, y) in enumerate(batches, start=1):
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten()) / every
        loss.backward()
        maybe_update(optimizer, model.parameters(), count, every)
        if count % 200 == 0:
            print(count, loss.item() * every)
