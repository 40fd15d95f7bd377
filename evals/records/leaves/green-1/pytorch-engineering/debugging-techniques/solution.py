"""Finds paths of information from later tokens or from other sequences, before training."""

import copy
import random

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

_NARROW = (torch.float32, torch.float16, torch.bfloat16)
_CASTS = (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16)


class _Double(TorchFunctionMode):
    """What code writes as float32 happens in float64, so that rounding hides no weak leak."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in _CASTS:
            func = torch.Tensor.double
        args, kwargs = tree_map(
            lambda x: torch.float64 if isinstance(x, torch.dtype) and x in _NARROW else x,
            (tuple(args), dict(kwargs or {})),
        )
        return func(*args, **kwargs)


def _copy(model):
    memo = {}
    for module in model.modules():  # computed tensors (weight_norm) cannot be copied as they are
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and value.grad_fn is not None:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo)


def _widen(model):
    model = model.double()
    for module in model.modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, torch.Tensor) and value.dtype in _NARROW:
                object.__setattr__(module, name, value.double())
    return model


def _redraw(model, keep, scale, rng):
    """Trainable parameters as training might leave them: a zero gate or head is open then."""
    done = set()
    for p in model.parameters():
        if not p.requires_grad or id(p) in done or not p.is_floating_point():
            continue
        done.add(id(p))
        fan = p[0].numel() if p.dim() > 1 else 4
        noise = torch.randn(p.shape, generator=rng, dtype=torch.float64) * scale * fan**-0.5
        drawn = (p * keep + noise.to(p.dtype)) if keep else noise.to(p.dtype)
        fixed = ~(p.abs() < 1e3)  # a mask kept as a parameter (-inf, -1e9) stays a mask
        p.copy_(torch.where(fixed, p, drawn))


class _Subject:
    def __init__(self, model, double, length):
        self.model, self.double = model, double
        probe = torch.zeros(2, length, dtype=torch.long)
        fresh = copy.deepcopy(model)
        self.stateful = not torch.equal(self._run(fresh, probe), self._run(fresh, probe))

    def __call__(self, tokens):
        # a model that keeps something from call to call starts from the same state each time
        return self._run(copy.deepcopy(self.model) if self.stateful else self.model, tokens)

    def _run(self, model, tokens):
        torch.manual_seed(0)  # the same draws, if it draws any in this mode
        random.seed(0)
        np.random.seed(0)
        if not self.double:
            return model(tokens.clone()).double()
        with _Double():
            return model(tokens.clone()).double()


def _differs(a, b, tolerance):
    if a.numel() == 0 or not (a.isfinite().all() and b.isfinite().all()):
        return False  # 0 * NaN would carry a NaN through any mask
    return bool((a - b).abs().max() > tolerance)


def _examine(model, vocab_size, length, double, found):
    rng = torch.Generator().manual_seed(1234)

    def draw(rows, few=False):
        tokens = torch.randint(0, vocab_size, (rows, length), generator=rng)
        if few:  # special tokens tend to sit at the ends of the vocabulary
            ends = torch.tensor([0, 1, 2, 3, vocab_size - 2, vocab_size - 1]) % vocab_size
            tokens = ends[torch.randint(0, len(ends), (rows, length), generator=rng)]
        return tokens

    def other(tokens):
        shift = torch.randint(1, vocab_size, tokens.shape, generator=rng)
        return (tokens + shift) % vocab_size

    def limit(out):
        finite = out[out.isfinite()]
        size = finite.abs().max().item() if finite.numel() else 0.0
        return max(size, 1e-30) * (1e-11 if double else 1e-5)

    # (how much of the weights is kept, size of the noise, special tokens, all later ones)
    trials = [
        (1.0, 0.0, False, True),
        (0.0, 1.0, False, True),
        (1.0, 0.5, True, False),
        (0.0, 1.0, True, True),
        (0.0, 2.0, False, True),
    ]
    subjects = []
    for keep, scale, few, suffix in trials:
        subject = _Subject(copy.deepcopy(model), double, length)
        if scale:
            _redraw(subject.model, keep, scale, rng)
        subjects.append((subject, few, suffix))

    def batch_leak(subject, few, rows):
        tokens = draw(rows, few)
        base = subject(tokens)
        for row in range(rows):
            changed = tokens.clone()
            changed[row] = other(tokens[row])
            rest = [i for i in range(rows) if i != row]
            if _differs(base[rest], subject(changed)[rest], limit(base)):
                return True
        return False

    def changes(tokens, suffix):
        for t in range(1, length):
            changed, end = tokens.clone(), length if suffix else t + 1
            changed[:, t:end] = other(tokens[:, t:end])
            yield t, changed

    def future_leak(subject, few, suffix):
        tokens = draw(1, few)
        if "batch" not in found:  # rows are independent: all changes in one call
            out = subject(torch.cat([tokens, *(c for _, c in changes(tokens, suffix))]))
            size = limit(out)
            return any(_differs(out[0, :t], out[t, :t], size) for t in range(1, length))
        base = subject(tokens)
        for t, changed in changes(tokens, suffix):
            if _differs(base[:, :t], subject(changed)[:, :t], limit(base)):
                return True
        # what goes wrong only in a batch of several: one row's later tokens, seen by itself
        tokens = draw(2, few)
        base = subject(tokens)
        for row in range(2):
            for t in sorted({1, length // 2, length - 1} - {0}):
                changed = tokens.clone()
                changed[row, t:] = other(tokens[row, t:])
                if _differs(base[row, :t], subject(changed)[row, :t], limit(base)):
                    return True
        return False

    if any(batch_leak(subject, few, rows) for subject, few, _ in subjects for rows in (3, 4)):
        found.add("batch")
    if length > 1 and any(future_leak(*subject) for subject in subjects):
        found.add("future")


@torch.no_grad()
def leaks(model: torch.nn.Module, vocab_size: int, length: int) -> set[str]:
    """{"future"}: a position sees later tokens; {"batch"}: a sequence sees another one."""
    found: set[str] = set()
    if vocab_size < 2:
        return found
    states = random.getstate(), np.random.get_state()
    dtype = torch.get_default_dtype()
    try:
        with torch.random.fork_rng():
            for double in (True, False):
                subject = _copy(model).eval()
                try:
                    if double:
                        torch.set_default_dtype(torch.float64)
                        subject = _widen(subject)
                    _Subject(subject, double, length)
                except Exception:
                    torch.set_default_dtype(dtype)
                    if not double:
                        raise
                    continue  # insists on its own precision: coarser, but still a test
                _examine(subject, vocab_size, length, double, found)
                break
    finally:
        torch.set_default_dtype(dtype)
        random.setstate(states[0])
        np.random.set_state(states[1])
    return found
