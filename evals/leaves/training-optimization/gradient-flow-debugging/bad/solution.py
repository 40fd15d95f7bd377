import copy

import torch


def dead_parameters(model, loss_fn, batch):
    twin = copy.deepcopy(model)
    alive = set()
    with torch.random.fork_rng():
        optimizer = torch.optim.SGD([p for p in twin.parameters() if p.requires_grad], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss_fn(twin, batch).backward()
            for name, p in twin.named_parameters():
                if p.grad is not None and p.grad.abs().sum() > 0:
                    alive.add(name)
            optimizer.step()
    return {n for n, p in model.named_parameters() if p.requires_grad and n not in alive}
