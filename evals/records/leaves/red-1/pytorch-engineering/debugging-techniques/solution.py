"""A test of freshly built language models: does information go where it must not?"""

import copy
import random
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_NARROW = (torch.float32, torch.float16, torch.bfloat16)


class _Double(TorchFunctionMode):
    """Casts to narrower floats become casts to double: weak leaks must not drown in rounding."""

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


class _Subject:
    """A copy of the model in evaluation mode, every run of which starts from the same state."""

    def __init__(self, model: nn.Module, double: bool) -> None:
        self.model, self.double = _copy(model), double
        if double:
            self.model.double()
            for module in self.model.modules():  # tensors that are not registered
                for name, value in list(module.__dict__.items()):
                    if isinstance(value, Tensor) and value.dtype in _NARROW:
                        module.__dict__[name] = value.double()
        self.model.eval()
        for p in self.model.parameters():
            p.grad = None
        self.fresh = {n: p.detach().clone() for n, p in self.model.named_parameters()}
        self.buffers = [(b, b.detach().clone()) for b in self.model.buffers()]

    @torch.no_grad()
    def draw(self, kind: str, generator: torch.Generator) -> None:
        """Weights as training might make them: what is closed now may be open then. Frozen
        parameters stay, and so do entries that are masks (infinite or huge)."""
        for name, p in self.model.named_parameters():
            old = self.fresh[name]
            new = old.clone()
            if kind != "fresh" and p.requires_grad and p.is_floating_point():
                noise = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
                if kind == "moved":
                    spread = old[old.isfinite()].std().nan_to_num().item() if old.numel() > 1 else 0.0
                    new = old + noise * max(spread, 0.1)
                elif kind == "far":
                    new = 2 * old + noise * 0.5
                else:  # "other"
                    new = noise / max(1.0, p[0].numel() if p.dim() > 1 else 1.0) ** 0.5
                new = torch.where(old.abs() < 1e3, new, old)
            p.copy_(new)

    @torch.no_grad()
    def __call__(self, tokens: Tensor) -> Tensor:
        for buffer, value in self.buffers:
            buffer.copy_(value)
        torch.default_generator.manual_seed(0)  # dropout that is on for good: same in every run
        random.seed(0)
        if self.double:
            with _Double():
                out = self.model(tokens.clone())
        else:
            out = self.model(tokens.clone())
        return out.detach().double().clone()


def _differs(a: Tensor, b: Tensor, scale: float, tolerance: float) -> bool:
    if a.numel() == 0:
        return False
    odd = ~(a.isfinite() & b.isfinite())
    if odd.any() and not torch.equal(a[odd].nan_to_num(7.25e9), b[odd].nan_to_num(7.25e9)):
        return True
    return bool(((a - b)[~odd].abs() > tolerance * scale).any())


def leaks(model: nn.Module, vocab_size: int, length: int) -> set[str]:
    """By experiment: change later tokens (or another sequence) and see whether the output moves,
    with the weights as they are and at several others."""
    with _program_untouched():
        sample = torch.zeros(2, length, dtype=torch.int64)
        try:
            torch.set_default_dtype(torch.float64)
            subject = _Subject(model, double=True)
            subject(sample)
            tolerance = 1e-11
        except Exception:  # insists on its own precision
            torch.set_default_dtype(torch.float32)
            subject = _Subject(model, double=False)
            tolerance = 1e-6
        return _leaks(subject, vocab_size, length, tolerance)


def _leaks(subject: _Subject, vocab_size: int, length: int, tolerance: float) -> set[str]:
    generator = torch.Generator().manual_seed(20)

    def random_ints(high: int, *shape: int) -> Tensor:
        return torch.randint(high, shape, generator=generator)

    def tokens(style: str, *shape: int) -> Tensor:
        if style == "few":  # the ids that often mean something special, much repetition
            few = torch.tensor([0, 1 % vocab_size, vocab_size - 1])
            return few[random_ints(3, *shape)]
        if style == "same":
            return random_ints(vocab_size, 1).expand(shape).clone()
        return random_ints(vocab_size, *shape)

    def changed(row: Tensor, style: str) -> Tensor:
        """Other tokens for all of `row`."""
        if style == "any":
            return (row + 1 + random_ints(max(vocab_size - 1, 1), *row.shape)) % vocab_size
        if style == "few":
            return tokens("few", *row.shape)
        return torch.full_like(row, int((0, row[0], vocab_size - 1)[int(random_ints(3, 1))]))

    plan = [  # weights, tokens before, tokens after, sequences in the batch
        ("fresh", "any", "any", 2), ("moved", "any", "any", 1), ("moved", "any", "any", 3),
        ("other", "any", "any", 2), ("far", "any", "few", 2), ("fresh", "few", "same", 4),
        ("moved", "any", "same", 2), ("other", "few", "any", 1), ("moved", "same", "any", 3),
        ("other", "any", "any", 4), ("far", "any", "any", 2), ("moved", "any", "any", 5),
        ("other", "few", "few", 2), ("moved", "few", "any", 8),
    ]
    found: set[str] = set()
    ran, failure = False, None
    for turn, (weights, before, after, batch) in enumerate(plan):
        if len(found) == 2:
            break
        subject.draw(weights, generator)
        base = tokens(before, batch, length)
        try:
            reference = subject(base)
        except Exception as error:  # perhaps this batch size is not for it
            failure = error
            continue
        ran = True
        finite = reference[reference.isfinite()]
        if weights != "fresh" and finite.numel() < reference.numel():
            continue  # these weights are beyond what it can compute with
        scale = finite.abs().max().item() if finite.numel() else 1.0
        limit = tolerance * (100 if weights == "other" else 1)

        def moved(a: Tensor, b: Tensor) -> bool:
            if weights != "fresh" and not b.isfinite().all():
                return False
            return _differs(a, b, max(scale, 1e-30), limit)

        if "batch" not in found:
            for row in range(batch if batch > 1 else 0):
                for style in dict.fromkeys((after, "any", "same")):
                    other = base.clone()
                    other[row] = changed(base[row], style)
                    out = subject(other)
                    rest = [r for r in range(batch) if r != row]
                    if moved(reference[rest], out[rest]):
                        found.add("batch")
                        break
                if "batch" in found:
                    break
        if "future" not in found:
            cuts = range(1, length)  # every place in the first turns, then some
            if turn >= 4 and length > 16:
                some = torch.randperm(length - 1, generator=generator)[:12] + 1
                cuts = sorted({1, length - 1, *some.tolist()})
            for cut in cuts:
                row = cut % batch
                other = base.clone()
                other[row, cut:] = changed(base[row, cut:], after)
                out = subject(other)
                if moved(reference[row, :cut], out[row, :cut]):
                    found.add("future")
                    break
    if not ran and failure is not None:
        raise failure
    return found
