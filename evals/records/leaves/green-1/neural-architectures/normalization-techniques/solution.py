"""Running statistics of batch norms, computed afresh for the weights as they are."""

import torch
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def refresh_statistics(model, loader) -> None:
    """Mean and variance of what enters each batch norm over all samples, in evaluation mode.

    Batches are not mixed (class after class), so that statistics by batch would mislead: all
    layers run in evaluation mode, and what a norm sees is right once the norms before it are.
    Each pass puts at least one more norm right, in the order of the forward pass; it ends when a
    pass changes nothing.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]
    if not norms:
        return
    modes = [(m, m.training) for m in model.modules()]
    sums = {}

    def add(module, args, kwargs):
        x = args[0] if args else kwargs["input"]
        x = x.detach().transpose(0, 1).flatten(1).double()
        if x.shape[1] == 0:
            return
        n, mean = x.shape[1], x.mean(1)
        squares = (x - mean[:, None]).square().sum(1)
        if module in sums:  # merged without cancellation (Chan et al.)
            n0, mean0, squares0 = sums[module]
            squares = squares0 + squares + (mean - mean0).square() * n0 * n / (n0 + n)
            mean = mean0 + (mean - mean0) * n / (n0 + n)
            n += n0
        sums[module] = n, mean, squares

    handles = []
    try:
        handles += [m.register_forward_pre_hook(add, with_kwargs=True) for m in norms]
        model.eval()
        for _ in range(len(norms) + 1):
            sums.clear()
            for inputs, _targets in loader:
                model(inputs)
            moved = 0.0
            for m, (n, mean, squares) in sums.items():  # one that is never reached stays as it is
                var = squares / max(n - 1, 1)  # unbiased, as torch's own running variance
                sd = (var + m.eps).sqrt()
                change = torch.cat(
                    [(mean - m.running_mean).abs() / sd, (var - m.running_var).abs() / sd.square()]
                )
                moved = max(moved, float(change.nan_to_num(nan=1.0).max()))
                m.running_mean.copy_(mean)
                m.running_var.copy_(var)
            if moved < 1e-4:
                break
    finally:
        for handle in handles:
            handle.remove()
        for m, training in modes:
            m.training = training
