"""Running statistics of batch norms from the training data."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

TOLERANCE = 1e-3


class _Moments:
    """Mean and variance per channel of all that enters one norm, in float64."""

    def __init__(self) -> None:
        self.calls = 0
        self.count = 0

    def __call__(self, module: nn.Module, args: tuple) -> None:
        x = args[0].detach().double().transpose(0, 1).flatten(1)
        count = x.shape[1]
        self.calls += 1
        if count == 0:
            return
        mean = x.mean(1)
        squares = (x - mean[:, None]).square().sum(1)
        if self.count == 0:
            self.count, self.mean, self.squares = count, mean, squares
            return
        total = self.count + count
        step = mean - self.mean
        self.squares = self.squares + squares + step.square() * (self.count * count / total)
        self.mean = self.mean + step * (count / total)
        self.count = total


def refresh_statistics(model, loader) -> None:
    """Set the running means and variances to those of the whole training set, in place.

    All in evaluation mode: there is no dropout, and the order of the data does not matter. Each
    pass sets all norms; as a norm's input depends on the norms before it, those at depth k are
    right after k passes.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]
    if not norms:
        return
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        for module, _ in modes:  # also where a model's own train() would keep some in training
            module.training = False
        with torch.no_grad():
            passes = 0
            while True:
                shared, change = _one_pass(model, loader, norms)
                passes += 1
                # A norm called more than once a pass depends on itself: some more passes.
                if change < TOLERANCE or passes >= len(norms) + (30 if shared else 0):
                    break
    finally:
        for module, mode in modes:
            module.training = mode


def _one_pass(model, loader, norms) -> tuple[bool, float]:
    moments = [_Moments() for _ in norms]
    hooks = [n.register_forward_pre_hook(m) for n, m in zip(norms, moments, strict=True)]
    batches = 0
    try:
        for inputs, _ in loader:
            if len(inputs):
                model(inputs)
                batches += 1
    finally:
        for hook in hooks:
            hook.remove()
    change = 0.0
    for norm, seen in zip(norms, moments, strict=True):
        if seen.count == 0:  # not part of the forward pass
            continue
        mean, var = seen.mean, seen.squares / seen.count
        scale = var + norm.eps
        moved = (norm.running_mean - mean).square() / scale
        moved = moved.sqrt().maximum((norm.running_var - var).abs() / scale).nan_to_num(1.0, 1.0)
        change = max(change, moved.max().item())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)
    return any(m.calls > batches for m in moments), change
