"""Modules that do nothing for the loss, and modules that are there twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from neural_trainer.inspect.architecture.dry_run import DryRun

NEVER_CALLED = "never called"
NO_LOSS = "its outputs reach no loss"
TIED = "tied"
EQUAL = "equal weights"


@dataclass(frozen=True)
class Dead:
    """A module that trains for nothing: why, and how many parameters lie in it."""

    name: str
    kind: str
    reason: str
    num_parameters: int


@dataclass(frozen=True)
class Duplicate:
    """Names that hold the same thing: tied (one tensor), or of one structure with equal weights."""

    kind: str
    names: tuple[str, ...]
    num_parameters: int


def dead(model: nn.Module, run: DryRun) -> tuple[Dead, ...]:
    """Return the outermost modules of which no part was called, or none reached by the loss.

    A module whose weights another one uses is alive. Of a frozen module it is judged only whether
    it was called: it has no gradient to go by. Judged on one batch, in training and evaluation.
    """
    found: list[Dead] = []
    for name, module in model.named_modules():
        if not name or any(name.startswith(f"{one.name}.") for one in found):
            continue
        own = f"{name}."
        parameters = [(f"{own}{n}", p) for n, p in module.named_parameters(remove_duplicate=False)]
        if not parameters or any(n in run.reached for n, _ in parameters):
            continue
        called = any(one == name or one.startswith(own) for one in run.called)
        trains = any(p.requires_grad for _, p in parameters)
        if called and not trains:
            continue
        num = sum(p.numel() for p in {id(p): p for _, p in parameters}.values())
        reason = NO_LOSS if called else NEVER_CALLED
        found.append(Dead(name, type(module).__name__, reason, num))
    return tuple(found)


def duplicated(model: nn.Module) -> tuple[Duplicate, ...]:
    """Return tied tensors, then outermost modules of one structure whose weights are all equal.

    Modules whose tensors hold one value each (a fresh norm, a zero bias) are no news.
    """
    return (*_tied(model), *_equal(model))


def _tied(model: nn.Module) -> list[Duplicate]:
    names: dict[int, list[str]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names[id(parameter)].append(name)
        sizes[id(parameter)] = parameter.numel()
    return [
        Duplicate(TIED, tuple(found), sizes[key]) for key, found in names.items() if len(found) > 1
    ]


def _equal(model: nn.Module) -> list[Duplicate]:
    groups: dict[tuple[str, str], list[tuple[str, nn.Module]]] = defaultdict(list)
    digests: dict[int, tuple[str, bool]] = {}
    for name, module in model.named_modules():
        told = [(n, *_digest(p, digests)) for n, p in module.named_parameters()]
        if name and any(varies for _, _, varies in told):
            key = repr([(n, digest) for n, digest, _ in told])
            groups[str(type(module)), key].append((name, module))
    found: list[Duplicate] = []
    for alike in groups.values():
        # Tied modules are one: told above.
        apart = list({id(next(m.parameters())): (n, m) for n, m in alike}.values())
        names = tuple(name for name, _ in apart)
        inside = any(
            all(any(n.startswith(f"{outer}.") for outer in one.names) for n in names)
            for one in found
        )
        if len(apart) > 1 and not inside:
            num = sum(p.numel() for p in apart[0][1].parameters())
            found.append(Duplicate(EQUAL, names, num))
    return found


def _digest(parameter: Tensor, known: dict[int, tuple[str, bool]]) -> tuple[str, bool]:
    """Return a digest of shape and values, and whether the values differ from one another."""
    if parameter.is_meta:  # it has no values: nothing to compare by
        return "", False
    if id(parameter) not in known:
        values = parameter.detach().cpu().contiguous()
        raw = values.reshape(-1).view(torch.uint8).numpy().tobytes()
        varies = bool(values.numel() > 1 and (values != values.reshape(-1)[0]).any())
        about = f"{tuple(values.shape)} {values.dtype}".encode()
        known[id(parameter)] = (hashlib.sha256(about + raw).hexdigest(), varies)
    return known[id(parameter)]
