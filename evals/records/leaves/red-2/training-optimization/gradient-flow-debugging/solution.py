"""Parameters that training cannot move: the loss does not depend on them.

Asked of copies of the model in float64, with the present weights and with others. A parameter
lives if, somewhere, it gets a gradient and moving it alone moves the loss by more than rounding
(a bias before a batch norm gets a gradient of rounding errors only). Only what trains is given
other values; what is frozen, or was found dead and so stays as it is, keeps its own: behind a
frozen zero nothing learns.
"""

import copy
import math
import random

import torch
from torch.overrides import TorchFunctionMode

_LOW = {torch.float32: torch.float64, torch.float16: torch.float64, torch.bfloat16: torch.float64,
        torch.complex64: torch.complex128}
_CASTS = {torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16}


class _Wide(TorchFunctionMode):
    """Casts and new tensors of a lower precision become float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in _CASTS:
            return args[0].double()
        args = tuple(_LOW.get(a, a) if isinstance(a, torch.dtype) else a for a in args)
        kwargs = {k: _LOW.get(a, a) if isinstance(a, torch.dtype) else a
                  for k, a in (kwargs or {}).items()}
        return func(*args, **kwargs)


def _seed(seed):
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    try:
        import numpy

        numpy.random.seed(seed % 2**32)
    except ImportError:
        pass


def _clone(model):
    memo = {}
    for module in model.modules():  # e.g. the weight that an old weight_norm computes
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo)


def _noise(p, gen):
    scale = 1 / math.sqrt(max(1, p[0].numel())) if p.dim() > 1 else 0.5
    return (scale * torch.randn(p.shape, generator=gen, dtype=torch.float64)).to(p.dtype)


class _Prober:
    def __init__(self, model, loss_fn, batch):
        self.model, self.loss_fn, self.batch = model, loss_fn, batch
        self.wide = True
        try:
            self.loss(self.copy(), 0)
        except Exception:
            self.wide = False

    def copy(self):
        new = _clone(self.model)
        return new.double() if self.wide else new

    def loss(self, model, seed):
        batch = tuple(
            t.detach().clone().to(_LOW.get(t.dtype, t.dtype) if self.wide else t.dtype)
            if isinstance(t, torch.Tensor) else t
            for t in self.batch
        )
        _seed(seed)
        if not self.wide:
            return self.loss_fn(model, batch)
        default = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            with _Wide():
                return self.loss_fn(model, batch)
        finally:
            torch.set_default_dtype(default)

    def value(self, model, seed):
        return float(self.loss(model, seed).detach())

    def living(self, movable, wanted, draw):
        """Those of `wanted` that live at one draw of the `movable`; None if it is not finite."""
        kind, sign, size, seed = draw
        gen = torch.Generator().manual_seed(seed)
        moved = self.copy()
        with torch.no_grad():
            for name, p in moved.named_parameters():
                if kind != "present" and name in movable:
                    noise = sign * size * _noise(p, gen)
                    p.copy_(noise if kind == "new" else p + noise)
        work = _clone(moved)  # a run may leave traces (running statistics), so it gets its own
        for p in work.parameters():
            p.grad = None
        loss = self.loss(work, seed)
        base = float(loss.detach())
        if not math.isfinite(base):
            return None
        if not loss.requires_grad:
            return set()
        loss.backward()
        grads = {}
        for name, p in work.named_parameters():
            if name in wanted and p.grad is not None:
                g = p.grad.coalesce().values() if p.grad.is_sparse else p.grad
                if g.numel() and bool(g.ne(0).any()):
                    grads[name] = float(g.abs().max())
        tolerance = 1e-11 if self.wide else 3e-6
        alive = set()
        for name in grads:
            for step in (1.0, 0.1):
                other = _clone(moved)
                with torch.no_grad():
                    p = other.get_parameter(name)
                    p.add_(step * _noise(p, gen))
                new = self.value(other, seed)
                if math.isfinite(new):
                    if abs(new - base) > tolerance * max(abs(new), abs(base)):
                        alive.add(name)
                    break
        return alive


DRAWS = [("present", 1), ("near", 1), ("new", 1), ("new", -1), ("near", 1), ("near", -1),
         ("new", 1), ("new", -1), ("near", 1), ("near", -1), ("new", 1), ("new", -1)]


def _find(model, loss_fn, batch):
    prober = _Prober(model, loss_fn, batch)
    movable = {name for name, p in model.named_parameters() if p.requires_grad}
    dead: set[str] = set()
    while True:
        left = set(movable)
        for number, (kind, sign) in enumerate(DRAWS):
            if not left:
                break
            for size in (1.0, 0.3, 0.1):
                seed = 1000 + number - (sign < 0)
                alive = prober.living(movable, left, (kind, sign, size, seed))
                if alive is not None:
                    left -= alive
                    break
                if kind == "present":
                    break
        if not left:
            return dead
        # These stay where they are, which may cut off others: ask again.
        dead |= left
        movable -= left


def dead_parameters(model, loss_fn, batch) -> set[str]:
    try:
        import numpy
    except ImportError:
        numpy = None
    states = torch.get_rng_state(), random.getstate(), numpy and numpy.random.get_state()
    try:
        with torch.enable_grad():
            return _find(model, loss_fn, batch)
    finally:
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        if numpy:
            numpy.random.set_state(states[2])
