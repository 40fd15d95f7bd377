"""Parameters that are trained in vain."""

import copy
import random
import sys

import torch
from torch.overrides import TorchFunctionMode

_NARROW = (torch.float32, torch.float16, torch.bfloat16)


class _Wide(TorchFunctionMode):
    """float64 also where the code names a narrower format."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16):
            return args[0].double()
        args = tuple(torch.float64 if self._narrow(a) else a for a in args)
        kwargs = {k: torch.float64 if self._narrow(a) else a for k, a in (kwargs or {}).items()}
        return func(*args, **kwargs)

    @staticmethod
    def _narrow(value):
        return isinstance(value, torch.dtype) and value in _NARROW


def _clone(model):
    """A deep copy with the hooks of parameters, also of modules that hold computed tensors."""
    memo = {}
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    new = copy.deepcopy(model, memo)
    for old, p in zip(model.parameters(), new.parameters(), strict=True):
        p.grad = None
        for hook in (old._backward_hooks or {}).values():
            p.register_hook(hook)  # somebody may have frozen it so
    return new


def _gradients(model, loss_fn, batch, wide, moved, strength, rng):
    """Gradients of a copy whose entries in `moved` were shifted; None where there is none."""
    model = _clone(model)
    if wide:
        model.double()
        batch = tuple(
            x.double() if isinstance(x, torch.Tensor) and x.is_floating_point() else x
            for x in batch
        )
    batch = tuple(x.detach().clone() if isinstance(x, torch.Tensor) else x for x in batch)
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    for name, p in named.items():
        size = max(p.detach().abs().square().mean().sqrt().item() if p.numel() else 0, 0.1)
        noise = torch.randn(p.shape, generator=rng, dtype=torch.float64) * size * strength
        p.data += torch.where(moved[name], noise, 0).to(p.dtype)
    default = torch.get_default_dtype()
    try:
        if wide:
            torch.set_default_dtype(torch.float64)
            with _Wide():
                loss = loss_fn(model, batch)
        else:
            loss = loss_fn(model, batch)
        if loss.requires_grad:
            loss.backward()
    finally:
        torch.set_default_dtype(default)
    found = {}
    for name, p in named.items():
        g = p.grad
        found[name] = None if g is None else (g.to_dense() if g.is_sparse else g).detach()
    return found


def dead_parameters(model, loss_fn, batch) -> set[str]:
    """Names of trained parameters that get no gradient, now or wherever training can go.

    What has a gradient now is moved at random, then looked at again, and so on: that opens what
    lies behind a zero initialisation. What cannot move (frozen, cut off) keeps its value, and so
    what lies behind a frozen zero stays dead. In float64, since parameters without any effect (a
    bias before batch norm, the bias of keys) have gradients of rounding errors, not zeros.
    """
    names = [n for n, p in model.named_parameters() if p.requires_grad]
    moved = {n: torch.zeros(p.shape, dtype=torch.bool) for n, p in model.named_parameters()}
    alive = set()
    python_state, default = random.getstate(), torch.get_default_dtype()
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy else None
    rng = torch.Generator().manual_seed(0)
    wide, quiet, step = True, 0, 0
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            while quiet < 12 and step < 100 and len(alive) < len(names):
                torch.manual_seed(step)
                random.seed(step)
                if numpy:
                    numpy.random.seed(step)
                strength = 0.0 if step < 2 else (0.1, 0.5, 1.5)[step % 3]
                try:
                    found = _gradients(model, loss_fn, batch, wide, moved, strength, rng)
                except Exception:
                    if not wide:
                        if strength == 0:
                            raise
                        found = {}  # the shifted weights were not valid
                    elif strength == 0:
                        wide = False  # the model insists on float32
                        continue
                    else:
                        found = {}
                step += 1
                present = [g[g.isfinite()].abs() for g in found.values() if g is not None]
                largest = max((g.max().item() for g in present if g.numel()), default=0.0)
                limit = largest * (1e-11 if wide else 1e-6)
                before = len(alive)
                opened = False
                for name, g in found.items():
                    if g is None:
                        continue
                    some = (g.abs() > limit) & g.isfinite()
                    if strength == 0:
                        some |= ~g.isfinite()
                    if some.any():
                        alive.add(name)
                        opened |= bool((some & ~moved[name]).any())
                        moved[name] |= some
                quiet = 0 if len(alive) > before or (opened and step < 40) else quiet + 1
    finally:
        random.setstate(python_state)
        torch.set_default_dtype(default)
        if numpy_state is not None:
            numpy.random.set_state(numpy_state)
    return set(names) - alive
