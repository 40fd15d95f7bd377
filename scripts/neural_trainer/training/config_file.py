"""Reads a training config: YAML into the dataclasses of config.py, every key and type checked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from neural_trainer.errors import ConfigError
from neural_trainer.training.config import (
    AT_LEAST,
    AT_MOST,
    BELOW,
    MODELS,
    NAMES,
    VERSION,
    CharGPTConfig,
    OptimizerConfig,
    TrainConfig,
)


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
    version = tree.get("version", VERSION)
    if version != VERSION:
        raise ConfigError(
            f"{source} is a config of version {version}; this trainer reads version {VERSION}: "
            f"write it anew, or train with the release that it was written for"
        )
    config = _built(TrainConfig, tree, "", source)
    if config.case is not None and "model" in tree:
        raise ConfigError(f"{source} names a case and a model; expected one of the two")
    if config.case is None and config.optimizer is None:
        config = dataclasses.replace(config, optimizer=OptimizerConfig())
    sizes = config.model
    if isinstance(sizes, CharGPTConfig) and sizes.width % sizes.num_heads:
        raise ConfigError(
            f"{source}: model.width {sizes.width} is no multiple of "
            f"model.num_heads {sizes.num_heads}"
        )
    return config


def config_tree(config: TrainConfig) -> dict[str, Any]:
    """Return the tree that `build_config` makes `config` of."""
    tree = dataclasses.asdict(config)
    if config.case is not None:
        del tree["model"]
    return tree


T = TypeVar("T")


def _built(cls: type[T], tree: Mapping[Any, Any], prefix: str, source: str) -> T:
    hints = get_type_hints(cls)
    values = {}
    for key, value in tree.items():
        if key not in hints:
            hint = _nearest(f"{prefix}{key}", hints, prefix)
            raise ConfigError(f"{source} has an unknown key {prefix}{key}; {hint}")
        values[key] = _checked(value, hints[key], f"{prefix}{key}", source)
    return cls(**values)


def _nearest(key: str, siblings: Iterable[str], prefix: str) -> str:
    """Name the key that was meant: of this section, or the clearly nearer one of another."""
    last = key.rpartition(".")[2]
    known = {path.rpartition(".")[2]: path for path in _paths(TrainConfig, "")}
    known.update({sibling: f"{prefix}{sibling}" for sibling in siblings})
    near = get_close_matches(last, known, n=1, cutoff=0.75) or get_close_matches(last, siblings)
    return f"did you mean {known[near[0]]}?" if near else f"known: {', '.join(siblings)}"


def _paths(cls: type[Any], prefix: str) -> Iterator[str]:
    for key, hint in get_type_hints(cls).items():
        sections: list[Any] = [kind for kind in _kinds(hint) if dataclasses.is_dataclass(kind)]
        for section in sections:
            yield from _paths(section, f"{prefix}{key}.")
        if not sections:
            yield f"{prefix}{key}"


def _kinds(expected: Any) -> list[Any]:
    """Return the types that a value may have, None left out."""
    if get_origin(expected) in (Union, UnionType):
        return [kind for kind in get_args(expected) if kind is not type(None)]
    return [expected]


def _checked(value: Any, expected: Any, key: str, source: str) -> Any:
    """Return `value` as `expected`, which may be optional, a section, a pair or a plain type."""
    kinds = _kinds(expected)
    if dataclasses.is_dataclass(kinds[0]):
        return _section(value, expected, key, source)
    if value is None and kinds != [expected]:
        return None
    expected = kinds[0]
    if get_origin(expected) is tuple:
        kinds = list(get_args(expected))
        if not isinstance(value, list | tuple) or len(value) != len(kinds):
            raise ConfigError(f"{source}: {key} is {value!r}; expected {len(kinds)} numbers")
        return tuple(_checked(v, kind, key, source) for v, kind in zip(value, kinds, strict=True))
    number = _as_number(value, expected)
    if not isinstance(number, expected) or (isinstance(number, bool) and expected is not bool):
        raise ConfigError(f"{source}: {key} is {value!r}; expected {_WORDS[expected]}")
    _check_range(number, key, source)
    return number


def _section(value: Any, expected: Any, key: str, source: str) -> Any:
    """Return the section that `value` spells; that of the model depends on the model's name."""
    kinds = _kinds(expected)
    if value is None and type(None) in get_args(expected):
        return None
    if value is None:  # a section whose keys are all commented out
        value = {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{source}: {key} is {value!r}; expected a section with keys")
    kind = kinds[0]
    if len(kinds) > 1:
        name = value.get("name", kind.name)
        _check_range(name, f"{key}.name", source)
        kind = MODELS[name]
    return _built(kind, value, f"{key}.", source)


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
    least, below, most = AT_LEAST.get(key), BELOW.get(key), AT_MOST.get(key)
    if least is not None and value < least:
        raise ConfigError(f"{source}: {key} is {value}; expected at least {least}")
    if below is not None and value >= below:
        raise ConfigError(f"{source}: {key} is {value}; expected less than {below}")
    if most is not None and value > most:
        raise ConfigError(f"{source}: {key} is {value}; expected at most {most}")
