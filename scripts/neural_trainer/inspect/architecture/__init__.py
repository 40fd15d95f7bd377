"""The architecture of a case's model: parameters, shapes, FLOPs, memory, dead parts, variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch.nn.parameter import is_lazy

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.architecture.dead import Dead, Duplicate, dead, duplicated
from neural_trainer.inspect.architecture.dry_run import HALF, MIXED, STORED, DryRun, dry_run
from neural_trainer.inspect.architecture.memory import DEGREES, Memory, memories
from neural_trainer.inspect.architecture.parameters import (
    Balance,
    Part,
    balance,
    parts,
    weights_bytes,
)
from neural_trainer.inspect.architecture.variance import Level, Trend, levels, trends
from neural_trainer.inspect.copies import first_batch
from neural_trainer.inspect.untouched import random_states
from neural_trainer.layers.case import Case


@dataclass(frozen=True)
class Architecture:
    """What there is to say of a model before it trains.

    not_checked: what could not be looked at, and why. size_bytes: of its weights in a file.
    """

    name: str
    parts: tuple[Part, ...]
    balance: Balance | None
    run: DryRun
    memories: tuple[Memory, ...]
    size_bytes: int
    dead: tuple[Dead, ...]
    duplicates: tuple[Duplicate, ...]
    levels: tuple[Level, ...]
    trends: tuple[Trend, ...]
    not_checked: tuple[str, ...]

    def memory(self, precision: str, sharding: str = "none") -> Memory:
        """Return the memory of a step on each device; raises ConfigError where it is unknown."""
        for one in self.memories:
            if (one.precision, one.sharding) == (precision, sharding):
                return one
        raise ConfigError(f"{self.name}: the memory at {precision} could not be counted")


def architecture(
    case: Case, name: str, *, with_numbers: bool = True, degrees: Sequence[int] = DEGREES
) -> Architecture:
    """Return the architecture of `case`; its model and all states are afterwards what they were.

    with_numbers: also take one step with numbers, which the variance needs.
    degrees: over how many devices to shard.
    """
    lazy = [n for n, p in case.model.named_parameters() if is_lazy(p)]
    if lazy:
        raise ConfigError(
            f"{name}: {lazy[0]} has no shape before the model is called; expected a factory that "
            f"calls it once, so that all parameters are there"
        )
    with random_states(case.train_batches):
        batch = first_batch(case, name)
        run = dry_run(case, batch, name)
        runs, missing = {STORED: run}, []
        for precision in (MIXED, HALF):
            try:
                runs[precision] = dry_run(case, batch, name, precision)
            except ConfigError as error:
                missing.append(f"memory at {precision}: {str(error).partition('; expected')[0]}")
        if run.optimizer_bytes is None:
            missing.append("memory of the optimizer: its step needs a closure")
        measured = _levels(case, batch, name, run, missing, with_numbers)
    found = parts(case.model)
    return Architecture(
        name=name,
        parts=found,
        balance=balance(found),
        run=run,
        memories=memories(runs, degrees),
        size_bytes=weights_bytes(case.model),
        dead=dead(case.model, run),
        duplicates=duplicated(case.model),
        levels=measured,
        trends=trends(measured),
        not_checked=tuple(missing),
    )


def _levels(
    case: Case, batch: Any, name: str, run: DryRun, missing: list[str], with_numbers: bool
) -> tuple[Level, ...]:
    if any(p.is_meta for p in case.model.parameters()):
        missing.append("initial variance, equal weights: the model is on the meta device")
        return ()
    if not with_numbers:
        missing.append("initial variance: it needs a step with numbers (leave out --dry)")
        return ()
    return levels(case, batch, name)
