import torch
from torch import nn


@torch.no_grad()
def refresh_statistics(model, loader) -> None:
    """Running statistics of every batch norm, over all samples, as evaluation mode sees them.

    All passes run in evaluation mode: what a norm gets depends on the running statistics of
    those before it (not on the statistics of the batches, which are sorted on disk). So each
    pass puts right one more norm of a chain; passes go on until nothing moves.
    """
    norms = [
        m
        for m in model.modules()
        if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.running_mean is not None
    ]
    if not norms:
        return
    sums = {}

    def add(module, args, kwargs):
        x = args[0] if args else kwargs["input"]
        x = x.transpose(0, 1).flatten(1).double()
        n, total, squares = sums.get(module, (0, 0.0, 0.0))
        sums[module] = (n + x.shape[1], total + x.sum(1), squares + x.square().sum(1))

    modes = {m: m.training for m in model.modules()}
    handles = [m.register_forward_pre_hook(add, with_kwargs=True) for m in norms]
    try:
        model.eval()
        for _ in range(len(norms) + 10):  # the 10: a norm that is used several times
            sums.clear()
            for inputs, _ in loader:
                model(inputs)
            moved = False
            for m, (n, total, squares) in sums.items():  # norms that were not met stay
                if n == 0:
                    continue
                mean = total / n
                var = (squares / n - mean.square()).clamp(min=0)
                spread = var + m.eps
                off_mean = (m.running_mean.double() - mean).abs() / spread.sqrt()
                off_var = (m.running_var.double() - var).abs() / spread
                small = (off_mean <= 1e-3) & (off_var <= 1e-3)  # NaN counts as moved
                moved |= not bool(small.all())
                m.running_mean.copy_(mean)
                m.running_var.copy_(var)
            if not moved:
                break
    finally:
        for handle in handles:
            handle.remove()
        for m, mode in modes.items():
            m.training = mode
