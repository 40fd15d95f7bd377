"""Does a language model let information through where it must not?

Copies of the model are run at inference on pairs of inputs that differ where a sound model may not
look: in float64, so that a weak leak stands out from rounding; with the weights as they are and
with several others, so that a branch that is still shut is open.
"""

import copy
import math
import random
from contextlib import contextmanager

import torch
from torch import nn
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


@contextmanager
def _undisturbed():
    """The program's random numbers and default dtype are afterwards as they were."""
    try:
        import numpy
    except ImportError:
        numpy = None
    states = torch.get_rng_state(), random.getstate(), numpy and numpy.random.get_state()
    dtype = torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        if numpy:
            numpy.random.set_state(states[2])


def _seed(seed):
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    try:
        import numpy

        numpy.random.seed(seed)
    except ImportError:
        pass


def _clone(model):
    memo = {}
    for module in model.modules():  # e.g. the weight that an old weight_norm computes
        for value in vars(module).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo)


def _weights(model, kind, gen, size):
    """Other weights that training could reach: only what trains moves; a frozen mask stays."""
    sign = -1.0 if kind.endswith("-") else 1.0
    for p in model.parameters():
        if not p.requires_grad or not (p.is_floating_point() or p.is_complex()):
            continue
        noise = torch.randn(p.shape, generator=gen, dtype=torch.float64)
        scale = 1 / math.sqrt(max(1, p[0].numel())) if p.dim() > 1 else 0.5
        noise = (sign * size * scale * noise).to(p.dtype)
        with torch.no_grad():
            p.copy_(noise if kind.startswith("new") else p + noise)


class _Runner:
    def __init__(self, model, wide):
        self.model, self.wide = model, wide
        self.fresh = False  # copy anew for every run, where a run leaves traces in the model

    def __call__(self, tokens):
        model = _clone(self.model) if self.fresh else self.model
        _seed(1)
        with torch.no_grad():
            if self.wide:
                torch.set_default_dtype(torch.float64)
                with _Wide():
                    out = model(tokens.clone())
            else:
                out = model(tokens.clone())
        return out.detach().to(torch.float64).clone()


def _differs(a, b, tolerance, scale):
    if a.numel() == 0:
        return False
    return bool((a - b).abs().max() > tolerance * scale)


_KINDS = (("any", "any"), ("few", "few"), ("any", "same"), ("same", "any"))


def _inputs(model, vocab, batch, length, gen, kinds):
    """Batches, each with another one that differs from it at every place."""
    special = {0, 1, 2, 3, vocab - 1}
    special |= {m.padding_idx for m in model.modules()
                if isinstance(m, nn.Embedding) and m.padding_idx is not None}
    special = torch.tensor(sorted(t for t in special if 0 <= t < vocab))

    def draw(kind):
        if kind == "any":
            return torch.randint(vocab, (batch, length), generator=gen)
        if kind == "few":
            return special[torch.randint(len(special), (batch, length), generator=gen)]
        rows = special[torch.randint(len(special), (batch, 1), generator=gen)]  # "same"
        return rows.expand(batch, length).clone()

    for first, second in kinds:
        a, b = draw(first), draw(second)
        shift = torch.randint(1, vocab, (batch, length), generator=gen)
        yield a, torch.where(a == b, (a + shift) % vocab, b)


def _probe(run, model, vocab, length, batch, gen, tolerance, found, kinds, places_tried):
    """Adds to found; False if these weights give no finite numbers."""
    for turn, (base, other) in enumerate(_inputs(model, vocab, batch, length, gen, kinds)):
        out = run(base)
        if turn == 0 and not run.fresh and not torch.equal(out, run(base)):
            run.fresh = True
            out = run(base)
        if not torch.isfinite(out).all():
            return False
        scale = max(float(out.abs().max()), 1e-30)

        def single(row, changed):
            """Changes one row only, and says which kind of leak shows."""
            tokens = base.clone()
            tokens[row, changed] = other[row, changed]
            new = run(tokens)
            if not torch.isfinite(new).all():
                return
            size = max(scale, float(new.abs().max()))
            first = int(changed.nonzero()[0])
            if _differs(new[row, :first], out[row, :first], tolerance, size):
                found.add("future")
            keep = torch.arange(batch) != row
            if _differs(new[keep], out[keep], tolerance, size):
                found.add("batch")

        if batch > 1 and "batch" not in found:
            for row in sorted({0, batch // 2, batch - 1}):
                single(row, torch.ones(length, dtype=torch.bool))

        if "future" in found:
            continue
        # Each row changes from a place of its own on, or there only; all rows at once is quick,
        # and only if something shows rows are tried one by one.
        places = torch.arange(length)
        for alone in (False, True) if turn == 0 else (False,):
            cuts = torch.randperm(max(0, length - 1), generator=gen)[:places_tried] + 1
            for part in cuts.split(batch):
                changed = [(places == cut) if alone else (places >= cut) for cut in part]
                tokens = base.clone()
                for row, mask in enumerate(changed):
                    tokens[row, mask] = other[row, mask]
                new = run(tokens)
                if not torch.isfinite(new).all():
                    return False
                size = max(scale, float(new.abs().max()))
                if any(_differs(new[r, :int(c)], out[r, :int(c)], tolerance, size)
                       for r, c in enumerate(part)):
                    for row, mask in enumerate(changed):
                        single(row, mask)
                        if "future" in found:
                            break
                if "future" in found:
                    break
            if "future" in found:
                break
        if len(found) == 2:
            break
    return True


def leaks(model, vocab_size, length) -> set[str]:
    found: set[str] = set()
    if vocab_size < 2 or length < 1:
        return found
    with _undisturbed():
        gen = torch.Generator().manual_seed(0)

        def prepared(wide):
            new = _clone(model).eval()
            return new.double() if wide else new

        def works(wide, batch):
            try:
                _Runner(prepared(wide), wide)(torch.zeros(batch, length, dtype=torch.int64))
                return True
            except Exception:
                return False
            finally:
                torch.set_default_dtype(dtype)

        dtype = torch.get_default_dtype()
        batches = [b for b in (12, 3, 2) if works(True, b)]
        wide = bool(batches)
        if not wide:
            batches = [b for b in (12, 3, 2, length, 1) if works(False, b)]
        if not batches:
            prepared(False)(torch.zeros(2, length, dtype=torch.int64))  # let its error be seen
        tolerance = 1e-11 if wide else 1e-5
        kinds = ("as it is", "near+", "new+", "new-", "near-", "near+", "new+", "new-")
        for turn, kind in enumerate(kinds):
            for size in (1.0, 0.2, 0.04):
                changed = prepared(wide)
                if turn:
                    # "-" takes the noise of the "+" before it with the other sign
                    noise = torch.Generator().manual_seed(100 + turn - kind.endswith("-"))
                    _weights(changed, kind, noise, size)
                run = _Runner(changed, wide)
                fine = True
                # one batch size tries every place; others look for what depends on the size
                if turn == 0:
                    plan = [(batches[0], _KINDS, length)]
                    plan += [(b, _KINDS[:2], 2 * b) for b in batches[1:]]
                else:
                    two = _KINDS[turn % 2 :: 2]
                    # rows mix already: each place costs a run of its own, so take some of them
                    plan = [(batches[0], two, 12 if "batch" in found else length)]
                    plan += [(b, two[:1], b) for b in batches[1:]]
                for batch, pairs, places in plan:
                    fine = _probe(run, changed, vocab_size, length, batch, gen, tolerance, found,
                                  pairs, places)
                    if len(found) == 2:
                        return found
                    if not fine:
                        break
                if fine or turn == 0:
                    break
    return found
