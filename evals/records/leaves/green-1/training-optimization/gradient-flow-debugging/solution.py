"""Parameters that are trained in vain: the loss depends on them nowhere training can get to."""

import copy
import random

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

_NARROW = (torch.float32, torch.float16, torch.bfloat16)
_CASTS = (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16)


class _Double(TorchFunctionMode):
    """float32 becomes float64: an exact zero stands out from the rounding that blurs it
    (the bias before a batch norm, the keys' bias under a softmax)."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in _CASTS:
            func = torch.Tensor.double

        def widen(x):
            if isinstance(x, torch.dtype):
                return torch.float64 if x in _NARROW else x
            if isinstance(x, torch.Tensor) and x.dtype in _NARROW:
                with torch._C.DisableTorchFunction():
                    return x.double()  # what loss_fn brought along, such as class weights
            return x

        args, kwargs = tree_map(widen, (tuple(args), dict(kwargs or {})))
        return func(*args, **kwargs)


def _copy(model):
    memo = {}
    for module in model.modules():  # computed tensors (weight_norm) cannot be copied as they are
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and value.grad_fn is not None:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo)


def _gradients(model, loss_fn, batch, double, seed):
    """{name: gradient or None} on a fresh copy: buffers and counters start as they were."""
    subject = _copy(model)
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    given = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in batch)
    named = {n: p for n, p in subject.named_parameters() if p.requires_grad}
    if double:
        with _Double():
            loss = loss_fn(subject, given)
    else:
        loss = loss_fn(subject, given)
    if not loss.requires_grad:
        return dict.fromkeys(named)
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return dict(zip(named, grads))


def _search(model, loss_fn, batch, double):
    """Names that are alive. Only what has a gradient is moved, element by element, for that is
    where training can go: a gate that is trained opens, one that is frozen at zero does not."""
    tolerance = 1e-11 if double else 3e-6
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    start = {n: p.detach().clone() for n, p in named.items()}
    moves = {n: torch.zeros(p.shape, dtype=torch.bool) for n, p in named.items()}
    alive: set[str] = set()
    rng = torch.Generator().manual_seed(0)

    def look(seed):
        grads = _gradients(model, loss_fn, batch, double, seed)
        grads = {n: g.to_dense().abs() for n, g in grads.items() if g is not None and g.numel()}
        if not all(g.isfinite().all() for g in grads.values()):
            return False
        largest = max((g.max().item() for g in grads.values()), default=0.0)
        grown = False
        for name, g in grads.items():
            hit = g > tolerance * largest
            grown |= bool((hit & ~moves[name]).any())
            moves[name] |= hit
            if hit.any():
                alive.add(name)
        return grown

    for seed in range(3):  # several: dropout
        look(seed)
    still, step = 0, 0
    while still < 8 and step < 80 and len(alive) < len(named):
        scale = (0.03, 0.3, 1.0, 0.1)[step % 4]
        with torch.no_grad():
            for name, p in named.items():
                noise = torch.randn(p.shape, generator=rng, dtype=torch.float64).to(p.dtype)
                fan = p[0].numel() if p.dim() > 1 else 1
                size = scale * max(fan**-0.5, 0.1)
                p.copy_(torch.where(moves[name], start[name] + size * noise, start[name]))
        still = 0 if look(3 + step) else still + 1
        step += 1
    return alive


def dead_parameters(model, loss_fn, batch) -> set[str]:
    wanted = {n for n, p in model.named_parameters() if p.requires_grad}
    states = random.getstate(), np.random.get_state()
    dtype = torch.get_default_dtype()
    try:
        with torch.random.fork_rng(), torch.enable_grad():
            try:
                torch.set_default_dtype(torch.float64)
                subject = _copy(model).double()
                for module in subject.modules():
                    for name, value in list(vars(module).items()):
                        if isinstance(value, torch.Tensor) and value.dtype in _NARROW:
                            object.__setattr__(module, name, value.detach().double())
                wide = tuple(
                    x.double() if isinstance(x, torch.Tensor) and x.dtype in _NARROW else x
                    for x in batch
                )
                alive = _search(subject, loss_fn, wide, True)
            except Exception:  # code that insists on float32: coarser
                torch.set_default_dtype(dtype)
                alive = _search(_copy(model), loss_fn, batch, False)
    finally:
        torch.set_default_dtype(dtype)
        random.setstate(states[0])
        np.random.set_state(states[1])
    return wanted - alive
