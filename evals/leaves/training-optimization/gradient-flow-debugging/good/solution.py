import copy

import torch


def dead_parameters(model, loss_fn, batch):
    """Gradients in float64 at perturbed weights: what stays at rounding level has no effect."""
    batch = tuple(x.double() if x.is_floating_point() else x for x in batch)
    peak, top = {}, 0.0
    with torch.random.fork_rng():
        for draw in range(4):
            torch.manual_seed(draw)
            twin = copy.deepcopy(model).double()
            named = {n: p for n, p in twin.named_parameters() if p.requires_grad}
            with torch.no_grad():
                for p in named.values():
                    p.grad = None
                    p.add_(0.1 * torch.randn_like(p))
            loss = loss_fn(twin, batch)
            grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
            for name, grad in zip(named, grads, strict=True):
                size = 0.0 if grad is None else float(grad.abs().max())
                peak[name] = max(peak.get(name, 0.0), size)
                top = max(top, size)
    return {name for name, size in peak.items() if size <= 1e-11 * max(top, 1e-30)}
