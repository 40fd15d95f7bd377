"""Batch norms get the statistics of the whole set, first to last, in evaluation mode."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def refresh_statistics(model: nn.Module, loader) -> None:
    modes = {module: module.training for module in model.modules()}
    norms = [
        module
        for module in model.modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    ]
    model.eval()
    try:
        waiting = _in_order(model, norms, loader)
        for norm in waiting:
            count, mean, squares = 0, 0.0, 0.0

            def see(module, inputs):
                nonlocal count, mean, squares
                x = inputs[0].detach().double().transpose(0, 1).flatten(1)
                new = x.shape[1]
                batch_mean = x.mean(1)
                apart = batch_mean - mean
                total = count + new
                squares = squares + ((x - batch_mean[:, None]) ** 2).sum(1)
                squares = squares + apart**2 * count * new / total
                mean = mean + apart * new / total
                count = total

            handle = norm.register_forward_pre_hook(see)
            for inputs, _ in loader:
                model(inputs)
            handle.remove()
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(squares / count)
    finally:
        for module, mode in modes.items():
            module.training = mode


def _in_order(model, norms, loader):
    """The norms that the forward pass uses, as it uses them."""
    used = []
    handles = [
        norm.register_forward_pre_hook(lambda module, _: used.append(module)) for norm in norms
    ]
    model(next(iter(loader))[0])
    for handle in handles:
        handle.remove()
    return list(dict.fromkeys(used))
