"""The Case: a model with its loss and data, as user code hands it to trainer, probes and checks."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from neural_trainer.errors import ConfigError


@dataclass(frozen=True)
class Case:
    """What there is to train.

    model: a torch.nn.Module. loss_fn: loss_fn(model, batch) -> a tensor of no dimension.
    train_batches, eval_batches: re-iterable, yielding what loss_fn takes. optimizer: on the
    model's parameters; one that a config names wins over it. config: what a report may know.
    num_terms: num_terms(batch) -> of how many terms loss_fn's mean is, to average over batches by;
    None: the trainer counts the targets.
    """

    model: Any
    loss_fn: Callable[[Any, Any], Any]
    train_batches: Iterable[Any]
    optimizer: Any = None
    eval_batches: Iterable[Any] | None = None
    config: Mapping[str, Any] | None = None
    num_terms: Callable[[Any], int] | None = None


def load_case(target: str) -> Case:
    """Import `module:factory`, with the working directory importable, and return its Case.

    This runs user code. Raises ConfigError where the module or the factory does not exist or the
    factory returns something else; what user code itself raises passes through.
    """
    return case_of(load_factory(target), target)


def load_factory(target: str) -> Callable[[], object]:
    """Import the module of `module:factory`, with the working directory importable.

    This runs user code, whose errors pass through. Raises ConfigError where there is no such module
    or function.
    """
    module_name, colon, factory_name = target.partition(":")
    if not (module_name and colon and factory_name):
        raise ConfigError(
            f"{target!r} names no case; expected module:factory, e.g. train:make_case"
        )
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that exists but lacks one of its own imports is the user's error, not ours.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(
            f"{target}: no module {error.name!r} in {here} or on the Python path; "
            f"run from the folder that holds it"
        ) from error
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        near = get_close_matches(factory_name, [n for n in dir(module) if not n.startswith("_")])
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"{target}: {module_name} has no function {factory_name!r}{hint}")
    return factory  # type: ignore[no-any-return]


def case_of(factory: Callable[[], object], target: str) -> Case:
    """Return the Case that a factory makes. Raises ConfigError where it makes something else."""
    case = factory()
    if not isinstance(case, Case):
        raise ConfigError(
            f"{target} returned a {type(case).__name__}; expected a Case "
            f"(from neural_trainer.layers.case import Case)"
        )
    return case
