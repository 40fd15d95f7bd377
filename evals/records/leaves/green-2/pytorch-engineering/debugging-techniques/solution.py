"""Does information flow where it must not? Asked of a model before it trains."""

import copy
import random
import sys

import torch
from torch.overrides import TorchFunctionMode

_NARROW = (torch.float32, torch.float16, torch.bfloat16)


class _Wide(TorchFunctionMode):
    """float64 also where the model's code names a narrower format."""

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
    """A deep copy, also of modules that hold computed tensors (old weight_norm)."""
    memo = {}
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo).eval()


class _Subject:
    """One copy of the model with its weights as built, or moved as training would move them."""

    def __init__(self, model, wide, strength, seed):
        trained = [p.requires_grad for p in model.parameters()]
        self.model, self.wide = _clone(model), wide
        self.fresh = False
        if wide:
            self.model.double()
        if strength:
            rng = torch.Generator().manual_seed(seed)
            for p, moves in zip(self.model.parameters(), trained, strict=True):
                if not moves or not (p.is_floating_point() or p.is_complex()) or not p.numel():
                    continue  # a frozen mask stays a mask
                size = p.detach().abs().square().mean().sqrt().item()
                noise = torch.randn(p.shape, generator=rng, dtype=torch.float64)
                p.data += (strength * max(size, 0.2) * noise).to(p.dtype)
        self.model.requires_grad_(False)

    def __call__(self, tokens):
        model = copy.deepcopy(self.model) if self.fresh else self.model
        torch.manual_seed(0)  # the same draws, should it draw at inference
        random.seed(0)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(0)
        default = torch.get_default_dtype()
        try:
            if not self.wide:
                return model(tokens.clone()).detach().clone()
            torch.set_default_dtype(torch.float64)
            with _Wide():
                return model(tokens.clone()).detach().clone()
        finally:
            torch.set_default_dtype(default)


def _look(subject, vocab_size, length, batch, cuts, rng, found):
    """Change one sequence behind each cut: who notices?"""
    tolerance = 1e-11 if subject.wide else 1e-4
    tokens = torch.randint(vocab_size, (batch, length), generator=rng)
    base = subject(tokens)
    if not subject.fresh:
        other = torch.randint(vocab_size, (batch, length), generator=rng)
        subject(other)
        again = subject(tokens)
        if not torch.equal(base.nan_to_num(), again.nan_to_num()):  # it remembers earlier calls
            subject.fresh = True
            return  # the copy is spoilt: the caller takes a new one
    for row in range(batch):
        for number, cut in enumerate(cuts):  # positions <= cut stay
            if found >= {"future", "batch"} or (batch == 1 and (cut < 0 or "future" in found)):
                continue
            changed = tokens.clone()
            tail = changed[row, cut + 1 :]
            kind = number % 5
            if kind == 3:
                tail[:] = 0  # a padding token
            elif kind == 4:
                tail[:] = vocab_size - 1
            else:
                shift = torch.randint(1, vocab_size, tail.shape, generator=rng)
                tail[:] = (tail + shift) % vocab_size
            out = subject(changed)
            usual = base[base.isfinite()]
            limit = tolerance * (usual.abs().max().item() if usual.numel() else 1.0)
            both = base.isfinite() & out.isfinite()
            moved = (torch.where(both, out - base, 0).abs() > limit).flatten(2).any(-1)
            if moved[row, : cut + 1].any():
                found.add("future")
            if moved[[r for r in range(batch) if r != row]].any():
                found.add("batch")


def leaks(model, vocab_size: int, length: int) -> set[str]:
    """{"future"}, {"batch"}, both or none, by changing tokens and comparing outputs in float64.

    Tried with the weights as built and with all trained weights moved, so that what a zero
    initialisation hides shows. "future": the same sequence's later tokens, in batches of one and
    of several. Everything runs on copies; random states are put back.
    """
    if vocab_size < 2:
        return set()  # nothing to tell apart
    rng = torch.Generator().manual_seed(0)
    every = list(range(-1, length - 1))
    few = sorted({-1, *every[:: max(1, length // 8)], *every[1:3], *every[-2:]})
    # (float64, strength of the move, [(batch, cuts)])
    plan = [
        (False, 0.0, [(1, few), (3, few)]),
        (True, 0.0, [(1, every), (3, few), (2, few)]),
        (True, 0.5, [(1, every), (3, every), (2, few), (4, few)]),
        (True, 1.5, [(1, few), (3, few)]),
        (True, 0.5, [(1, every), (2, few), (5, few)]),
    ]
    found, ran, error = set(), False, None
    python_state = random.getstate()
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy else None
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for seed, (wide, strength, looks) in enumerate(plan):
                fresh = False
                for batch, cuts in looks:
                    for tried in (wide, False) if wide else (False,):
                        try:
                            while True:
                                subject = _Subject(model, tried, strength, seed)
                                subject.fresh = fresh
                                _look(subject, vocab_size, length, batch, cuts, rng, found)
                                if subject.fresh == fresh:
                                    break
                                fresh = subject.fresh
                            ran = True
                            break
                        except Exception as problem:  # not in float64, or not at this batch size
                            error = problem
    finally:
        random.setstate(python_state)
        if numpy_state is not None:
            numpy.random.set_state(numpy_state)
    if not ran:
        raise error
    return found
