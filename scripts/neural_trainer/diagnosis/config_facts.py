"""The settings that a config of YAML or JSON states, whoever's words it uses for them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.diagnosis.settings import Setting, settings_facts
from neural_trainer.errors import ConfigError
from neural_trainer.runs.plain_text import printable

MOST_BYTES = 1_000_000  # larger ones are no config that anybody wrote
MOST_KEYS = 5_000
DEEPEST = 20
# The words of a key, its section before it where the last part alone says little.
_KEYS = {
    "lr": r"(?:^|\.)(?:lr|learning_?rate|base_lr|max_lr|peak_lr|init_lr|initial_lr)$",
    "warmup": r"(?:^|\.)(?:num_)?warm_?up(?:_(?:steps|epochs|ratio|iters|tokens|updates))?$",
    "weight_decay": r"(?:^|\.)(?:weight_decay|wd)$",
    "clip_norm": r"(?:^|\.)(?:(?:grad(?:ient)?_)?clip(?:ping)?(?:_norm|_val|_value)?|max_grad_norm"
                 r"|max_norm|clip_grad(?:_norm)?|gradient_clip_val)$",
    "epsilon": r"(?:^|\.)(?:adam_?)?eps(?:ilon)?$",
    "precision": r"(?:^|\.)(?:precision|dtype|torch_dtype|mixed_precision|amp_dtype)$",
    "optimizer": r"(?:^|\.)(?:optim(?:izer)?|opt)(?:\.(?:name|type|class|_target_|kind))?$",
}  # fmt: skip
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _KEYS.items()}
_NOT_A_MODELS = re.compile(r"(?:^|\.)(?:model|encoder|decoder|norm|layer_?norm)s?\.", re.IGNORECASE)
_OFF = (None, False, "", "none", "null", "off")


def config_evidence(path: str) -> Evidence:
    """Return what the config in a file says for causes and against them. Raises ConfigError."""
    settings = list(settings_of(read_config(path), path))
    facts = settings_facts(settings, "config")
    note = () if settings else (f"{printable(path, 120)} names no setting that bears on a cause",)
    return Evidence(facts, ("config",), note)


def read_config(path: str) -> Mapping[str, Any]:
    """Return the tree of a YAML or JSON file. Raises ConfigError."""
    import yaml

    shown = printable(path, 200)
    try:
        held = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{shown}: {error.strerror}; expected a YAML or JSON config") from error
    if len(held) > MOST_BYTES:
        raise ConfigError(f"{shown} is larger than {MOST_BYTES // 1_000_000} MB; expected a config")
    try:
        text = held.decode()
        tree = json.loads(text) if path.lower().endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        told = printable(" ".join(str(error).split()), 200)
        raise ConfigError(f"{shown} is no YAML or JSON: {told}") from error
    if not isinstance(tree, Mapping):
        kind = type(tree).__name__
        raise ConfigError(f"{shown} holds a {kind}; expected keys and values")
    return tree


def settings_of(tree: Mapping[str, Any], path: str) -> Iterator[Setting]:
    """Yield the settings in a config, each with the file and key where it stands.

    One that stands twice with different values, as of two optimizers, is left out: whose it is
    cannot be told.
    """
    found: dict[str, list[Setting]] = {}
    for number, (key, value) in enumerate(_flat(tree)):
        if number >= MOST_KEYS:
            break
        for name, pattern in _PATTERNS.items():
            if pattern.search(key) and not (name == "epsilon" and _NOT_A_MODELS.search(key)):
                kept, told = _value(name, value)
                if told:
                    where = f"{printable(path, 120)}: {printable(key, 80)}"
                    found.setdefault(name, []).append(Setting(name, kept, where))
    for several in found.values():
        if len({setting.value for setting in several}) == 1:
            yield several[0]


def _value(name: str, value: Any) -> tuple[float | str | None, bool]:
    """Return a value as a setting has it, and whether it is one."""
    if name in ("optimizer", "precision"):
        plain = isinstance(value, str) or (name == "precision" and type(value) is int)
        text = printable(str(value), 40)
        return (text.rpartition(".")[2] if name == "optimizer" else text), plain
    if name == "clip_norm" and (value.lower() if isinstance(value, str) else value) in _OFF:
        return None, True
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):  # PyYAML reads 1e-3 as text, which float takes
        return None, False
    return number, math.isfinite(number)


def _flat(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and depth < DEEPEST:
        yield name, ()  # counts, so that aliases without end come to one
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif not isinstance(value, (Mapping, list)):
        yield name, value
