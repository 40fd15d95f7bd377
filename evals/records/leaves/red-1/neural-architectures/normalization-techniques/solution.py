"""Running statistics of batch norms for a model whose weights were averaged."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

REPEATS = 20  # passes, at most, for a norm that is used several times in one forward pass


class _Moments:
    """Mean and variance per channel over all that is added, in float64."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, x: torch.Tensor) -> None:
        x = x.detach().double().transpose(0, 1).flatten(1)
        n = x.shape[1]
        if n == 0:
            return
        mean = x.mean(1)
        shift, total = mean - self.mean, self.count + n
        between = shift.square() * (self.count * n / total)
        self.squares = self.squares + (x - mean[:, None]).square().sum(1) + between
        self.mean = self.mean + shift * (n / total)
        self.count = total


@torch.no_grad()
def refresh_statistics(model: nn.Module, loader) -> None:
    """Set the running statistics to those of the training data, in evaluation mode.

    One norm after the other, in the order of the forward pass, one pass over the data each:
    what enters a norm in evaluation mode depends on the statistics of those before it, and
    batch statistics (of sorted data, with dropout) are not those of the training set.
    """
    norms = {m for m in model.modules() if isinstance(m, _BatchNorm) and _has_statistics(m)}
    modes = [(m, m.training) for m in model.modules()]
    own = {id(b) for m in norms for b in (m.running_mean, m.running_var)}
    others = [(b, b.clone()) for b in model.buffers() if id(b) not in own]
    try:
        with torch.random.fork_rng():
            model.eval()
            calls: dict[nn.Module, int] = {}

            def note(module, args, kwargs) -> None:
                calls[module] = calls.get(module, 0) + 1

            batches = _run(model, loader, norms, note)  # finds the order; dict keeps it
            for norm in list(calls):
                for _ in range(REPEATS if calls[norm] > batches else 1):
                    if not _refresh(model, loader, norm):
                        break
    finally:
        for module, mode in modes:
            module.training = mode
        for buffer, value in others:
            buffer.copy_(value)


def _has_statistics(norm: _BatchNorm) -> bool:
    return norm.running_mean is not None and norm.running_var is not None


def _refresh(model: nn.Module, loader, norm: _BatchNorm) -> bool:
    """One pass for one norm; whether its statistics changed by much."""
    moments = _Moments()
    _run(model, loader, [norm], lambda _, args, kwargs: moments.add(_first(args, kwargs)))
    if not moments.count:
        return False
    mean, variance = moments.mean, moments.squares / moments.count  # of the set: not n - 1
    near = (variance - norm.running_var).abs() <= 1e-3 * variance
    near &= (mean - norm.running_mean).abs() <= 1e-3 * variance.sqrt()
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    return not near.all()


def _first(args, kwargs) -> torch.Tensor:
    return args[0] if args else kwargs["input"]


def _run(model: nn.Module, loader, norms, hook) -> int:
    """A pass over the data with `hook` before each of `norms`; the number of batches."""
    handles = [norm.register_forward_pre_hook(hook, with_kwargs=True) for norm in norms]
    batches = 0
    try:
        for inputs, _ in loader:
            model(inputs)
            batches += 1
    finally:
        for handle in handles:
            handle.remove()
    return batches
