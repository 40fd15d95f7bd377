"""Which parameters are trained in vain?"""

import copy
import random
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_NARROW = (torch.float32, torch.float16, torch.bfloat16)


class _Double(TorchFunctionMode):
    """Casts to narrower floats become casts to double, so that rounding is told from learning."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in (Tensor.float, Tensor.half, Tensor.bfloat16):
            return args[0].double()
        args = tuple(torch.float64 if a in _NARROW else a for a in args)
        if kwargs.get("dtype") in _NARROW:
            kwargs["dtype"] = torch.float64
        return func(*args, **kwargs)


@contextmanager
def _program_untouched():
    """Random states, the default dtype and the number of threads are put back."""
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        import numpy
    except ImportError:
        numpy = None
    numpy_state = numpy.random.get_state() if numpy else None
    try:
        torch.set_num_threads(1)  # many tiny runs; threads would cost more than they give
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)
        torch.set_rng_state(torch_state)
        random.setstate(python_state)
        if numpy:
            numpy.random.set_state(numpy_state)


def _copy(model: nn.Module) -> nn.Module:
    memo = {}
    for module in model.modules():
        for value in module.__dict__.values():
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()  # deepcopy refuses these
    return copy.deepcopy(model, memo)


class _Probe:
    """Gradients of a copy of the model at weights of our choice."""

    def __init__(self, model, loss_fn, batch, double: bool) -> None:
        self.model, self.loss_fn, self.double = _copy(model), loss_fn, double
        self.batch = tuple(x.detach().clone() if isinstance(x, Tensor) else x for x in batch)
        if double:
            self.model.double()
            self.batch = tuple(
                x.double() if isinstance(x, Tensor) and x.dtype in _NARROW else x for x in self.batch
            )
            for module in self.model.modules():  # tensors that are not registered
                for name, value in list(module.__dict__.items()):
                    if isinstance(value, Tensor) and value.dtype in _NARROW:
                        module.__dict__[name] = value.double()
        self.trained = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        for p in self.model.parameters():
            p.grad = None
        self.fresh = {n: p.detach().clone() for n, p in self.trained.items()}
        self.buffers = [(b, b.detach().clone()) for b in self.model.buffers()]

    def __call__(self, kind: str, movable: set[str], seed: int) -> dict[str, float] | None:
        """Largest entry of each parameter's gradient, relative to the largest of all."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for buffer, value in self.buffers:
                buffer.copy_(value)
            for name, p in self.trained.items():
                old = self.fresh[name]
                noise = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
                new = old
                if name in movable and kind != "fresh":
                    if kind == "near":
                        new = old + 0.1 * noise
                    elif kind == "moved":
                        new = old + 0.5 * noise
                    else:  # "other"
                        new = noise / max(1.0, p[0].numel() if p.dim() > 1 else 1.0) ** 0.5
                p.copy_(new)
        torch.default_generator.manual_seed(seed)  # dropout
        random.seed(seed)
        batch = tuple(x.clone() if isinstance(x, Tensor) else x for x in self.batch)
        with torch.enable_grad():
            if self.double:
                with _Double():
                    loss = self.loss_fn(self.model, batch)
            else:
                loss = self.loss_fn(self.model, batch)
            if not loss.requires_grad:
                return {n: 0.0 for n in self.trained}
            grads = torch.autograd.grad(loss, list(self.trained.values()), allow_unused=True)
        size = {
            n: 0.0 if g is None else g.detach().to_dense().abs().max().item() if g.numel() else 0.0
            for n, g in zip(self.trained, grads)
        }
        if not all(x < float("inf") for x in size.values()) or not loss.isfinite():
            return None  # weights that it cannot compute with
        largest = max(size.values(), default=0.0)
        return {n: x / largest if largest else 0.0 for n, x in size.items()}


def dead_parameters(model, loss_fn, batch) -> set[str]:
    """Those whose gradient is zero (but for rounding: a bias in front of batch norm, the bias of
    attention keys) at the present weights and at many others. The others differ in trained
    parameters only; what turns out dead cannot be moved by training either, so it goes back to
    its present value and the search is made again."""
    with _program_untouched():
        try:
            torch.set_default_dtype(torch.float64)
            probe, threshold = _Probe(model, loss_fn, batch, double=True), 1e-10
            probe("fresh", set(), 0)
        except Exception:  # insists on its own precision
            torch.set_default_dtype(torch.float32)
            probe, threshold = _Probe(model, loss_fn, batch, double=False), 3e-6

        alive = set(probe.trained)
        while True:
            seen: set[str] = set()
            for kind, count in (("fresh", 3), ("near", 6), ("moved", 6), ("other", 12)):
                for seed in range(count):
                    if seen == alive:
                        break
                    try:
                        sizes = probe(kind, alive, seed)
                    except Exception:  # weights that it refuses
                        if kind == "fresh":
                            raise
                        continue
                    if sizes:
                        seen |= {n for n, x in sizes.items() if x > threshold}
            if seen >= alive:
                return set(probe.trained) - alive
            alive &= seen
