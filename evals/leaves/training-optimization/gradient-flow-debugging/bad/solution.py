import copy

import torch


def dead_parameters(model, loss_fn, batch):
    alive = set()
    with torch.random.fork_rng():
        for seed in range(3):
            torch.manual_seed(seed)
            twin = copy.deepcopy(model)
            with torch.no_grad():
                for p in twin.parameters():
                    if p.requires_grad:
                        p.add_(0.05 * torch.randn_like(p))
            loss_fn(twin, batch).backward()
            for name, p in twin.named_parameters():
                if p.grad is not None and p.grad.abs().sum() > 0:
                    alive.add(name)
    return {n for n, p in model.named_parameters() if p.requires_grad and n not in alive}
