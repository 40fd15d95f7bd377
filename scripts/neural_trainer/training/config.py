"""The training config: YAML read into frozen dataclasses, every key and type checked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from neural_trainer.errors import ConfigError


@dataclass(frozen=True)
class RunConfig:
    """Where the run folder goes: `folder`/`name`."""

    name: str = "train"
    folder: str = "runs"


@dataclass(frozen=True)
class ModelConfig:
    """The built-in model and its sizes."""

    name: str = "char_gpt"
    num_layers: int = 3
    num_heads: int = 4
    width: int = 96
    context: int = 64
    dropout: float = 0.0
    tied: bool = True


@dataclass(frozen=True)
class OptimizerConfig:
    """adamw or sgd. betas are adamw's, momentum is sgd's; decay is on matrices alone."""

    name: str = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    momentum: float = 0.9


@dataclass(frozen=True)
class ScheduleConfig:
    """Linear warm-up, then cosine or linear to `final_fraction` of the peak lr, or constant."""

    name: str = "cosine"
    warmup_steps: int = 0
    final_fraction: float = 0.1


@dataclass(frozen=True)
class TrainingConfig:
    """The loop. clip_norm: null for no clipping; eval_every: steps, 0 for no evaluation."""

    steps: int = 300
    batch_size: int = 16
    clip_norm: float | None = 1.0
    eval_every: int = 25
    seed: int = 0
    threads: int | None = None


@dataclass(frozen=True)
class TrainConfig:
    """A whole training run. case: `module:factory` in place of the built-in model and data."""

    run: RunConfig = field(default_factory=RunConfig)
    case: str | None = None
    model: ModelConfig = field(default_factory=ModelConfig)
    optimizer: OptimizerConfig | None = None
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)


NAMES = {
    "model.name": ("char_gpt",),
    "optimizer.name": ("adamw", "sgd"),
    "schedule.name": ("cosine", "linear", "constant"),
}

AT_LEAST = {
    "model.num_layers": 1, "model.num_heads": 1, "model.width": 1, "model.context": 1,
    "model.dropout": 0, "optimizer.lr": 0, "optimizer.weight_decay": 0, "optimizer.momentum": 0,
    "schedule.warmup_steps": 0, "schedule.final_fraction": 0, "training.steps": 1,
    "training.batch_size": 1, "training.clip_norm": 0, "training.eval_every": 0,
    "training.seed": 0, "training.threads": 1,
}  # fmt: skip


def load_config(path: Path, overrides: Iterable[str] = ()) -> TrainConfig:
    """Read a YAML file and apply `key=value` overrides. Raises ConfigError."""
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; expected a YAML config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path} holds a {type(tree).__name__}; expected sections and keys")
    return build_config(overridden(tree, overrides), source=str(path))


def overridden(tree: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return `tree` with each `a.b=value` set, the value read as YAML. Raises ConfigError.

    >>> overridden({"optimizer": {"lr": 0.1}}, ["optimizer.lr=0.01"])
    {'optimizer': {'lr': 0.01}}
    """
    import yaml

    result = dict(tree)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not (key and equals):
            raise ConfigError(f"--set {override}: expected key=value, e.g. optimizer.lr=3e-4")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override}: {text!r} is no YAML value") from error
        *sections, last = key.split(".")
        branch = result
        for section in sections:
            below = branch.get(section)
            if below is not None and not isinstance(below, Mapping):
                raise ConfigError(f"--set {override}: {section} is a value, not a section")
            branch[section] = dict(below or {})
            branch = branch[section]
        branch[last] = value
    return result


def build_config(tree: Mapping[str, Any], source: str = "config") -> TrainConfig:
    """Return the config that a tree of sections and keys spells. Raises ConfigError."""
    config = _built(TrainConfig, tree, "", source)
    if config.case is not None and "model" in tree:
        raise ConfigError(f"{source} names a case and a model; expected one of the two")
    if config.case is None and config.optimizer is None:
        config = dataclasses.replace(config, optimizer=OptimizerConfig())
    if config.model.width % config.model.num_heads:
        raise ConfigError(
            f"{source}: model.width {config.model.width} is no multiple of "
            f"model.num_heads {config.model.num_heads}"
        )
    return config


T = TypeVar("T")


def _built(cls: type[T], tree: Mapping[Any, Any], prefix: str, source: str) -> T:
    hints = get_type_hints(cls)
    values = {}
    for key, value in tree.items():
        if key not in hints:
            near = get_close_matches(str(key), hints, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(hints)}"
            raise ConfigError(f"{source} has an unknown key {prefix}{key}; {hint}")
        values[key] = _checked(value, hints[key], f"{prefix}{key}", source)
    return cls(**values)


def _checked(value: Any, expected: Any, key: str, source: str) -> Any:
    """Return `value` as `expected`, which may be optional, a section, a pair or a plain type."""
    if get_origin(expected) in (Union, UnionType):
        if value is None:
            return None
        expected = next(kind for kind in get_args(expected) if kind is not type(None))
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        if value is None:  # a section whose keys are all commented out
            value = {}
        if not isinstance(value, Mapping):
            raise ConfigError(f"{source}: {key} is {value!r}; expected a section with keys")
        return _built(expected, value, f"{key}.", source)
    if get_origin(expected) is tuple:
        kinds = get_args(expected)
        if not isinstance(value, list | tuple) or len(value) != len(kinds):
            raise ConfigError(f"{source}: {key} is {value!r}; expected {len(kinds)} numbers")
        return tuple(_checked(v, kind, key, source) for v, kind in zip(value, kinds, strict=True))
    number = _as_number(value, expected)
    if not isinstance(number, expected) or (isinstance(number, bool) and expected is not bool):
        raise ConfigError(f"{source}: {key} is {value!r}; expected {_WORDS[expected]}")
    _check_range(number, key, source)
    return number


_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _as_number(value: Any, expected: type) -> Any:
    """Return a whole number or text such as 1e-3, which YAML 1.1 takes for text, as a float."""
    if expected is float and isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _check_range(value: Any, key: str, source: str) -> None:
    names = NAMES.get(key)
    if names is not None and value not in names:
        near = get_close_matches(str(value), names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
        raise ConfigError(f"{source}: {key} is {value!r}; {hint}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{source}: {key} is {value}; expected a finite number")
    least = AT_LEAST.get(key)
    if least is not None and value < least:
        raise ConfigError(f"{source}: {key} is {value}; expected at least {least}")
