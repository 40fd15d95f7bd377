"""The search space: what each setting may be, and when it is there at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from neural_trainer.errors import ConfigError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.ablation import as_number

Kind = Literal["float", "int", "categorical"]
KEYS = ("type", "low", "high", "step", "log", "choices", "when")
Value = str | float | int | bool


@dataclass(frozen=True)
class Parameter:
    """One setting. when: other settings and their values, under which alone it is there."""

    name: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    log: bool = False
    choices: tuple[Value, ...] = ()
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @property
    def num_values(self) -> float:
        """How many values it can take; infinite for a range of floats."""
        if self.kind == "categorical":
            return len(self.choices)
        if self.low == self.high:
            return 1
        step = self.step or (1.0 if self.kind == "int" else None)
        return math.inf if step is None else math.floor((self.high - self.low) / step) + 1

    def is_there(self, values: Mapping[str, Any]) -> bool:
        """Return whether it is there beside the settings chosen so far."""
        return all(name in values and values[name] in wanted for name, wanted in self.when.items())

    def suggest(self, trial: Any) -> Value:
        """Return the value that an Optuna trial proposes."""
        value: Value
        if self.kind == "categorical":
            value = trial.suggest_categorical(self.name, list(self.choices))
        elif self.kind == "int":
            value = trial.suggest_int(
                self.name, int(self.low), int(self.high), step=int(self.step or 1), log=self.log
            )
        else:
            value = trial.suggest_float(
                self.name, self.low, self.high, step=self.step, log=self.log
            )
        return value


def suggest(space: tuple[Parameter, ...], trial: Any) -> dict[str, Value]:
    """Return a value for each setting that is there, in the order of the space."""
    values: dict[str, Value] = {}
    for parameter in space:
        if parameter.is_there(values):
            values[parameter.name] = parameter.suggest(trial)
    return values


def read_space(tree: Any, source: str) -> tuple[Parameter, ...]:
    """Return the settings that a YAML mapping names. Raises ConfigError."""
    if not isinstance(tree, dict) or not tree:
        raise ConfigError(
            f"{source}: space is {tree!r}; expected settings, such as lr: "
            "{low: 1e-5, high: 1e-1, log: true}"
        )
    space: list[Parameter] = []
    for name, given in tree.items():
        parameter = _parameter(str(name), given, source)
        earlier = {other.name: other for other in space}
        for parent in parameter.when:
            if parent not in earlier:
                raise ConfigError(
                    f"{source}: {shown_name(str(name))} is there when {shown_name(parent)} has a "
                    f"value, which stands nowhere above it; expected a setting above it"
                )
        space.append(parameter)
    if all(parameter.num_values == 1 for parameter in space):
        raise ConfigError(
            f"{source}: the space has one point, so there is nothing to search; expected two "
            f"values of some setting at least, or neural-trainer launch for the one run"
        )
    return tuple(space)


def _parameter(name: str, given: Any, source: str) -> Parameter:
    where = f"{source}: space.{shown_name(name)}"
    if isinstance(given, list):
        given = {"choices": given}
    if not isinstance(given, dict):
        raise ConfigError(f"{where} is {given!r}; expected low and high, or choices")
    unknown = [key for key in given if key not in KEYS]
    if unknown:
        raise ConfigError(f"{where} has an unknown key {unknown[0]}; known: {', '.join(KEYS)}")
    when = _when(given.get("when") or {}, where)
    kind: Any = given.get("type") or ("categorical" if "choices" in given else "float")
    if kind not in ("float", "int", "categorical"):
        raise ConfigError(f"{where}.type is {kind!r}; expected float, int or categorical")
    if kind == "categorical":
        return Parameter(name, kind, choices=_choices(given.get("choices"), where), when=when)
    return _range(name, kind, given, where, when)


def _range(
    name: str, kind: Kind, given: Mapping[str, Any], where: str, when: Mapping[str, Any]
) -> Parameter:
    low, high = (_finite(given.get(key), f"{where}.{key}") for key in ("low", "high"))
    step = None if given.get("step") is None else _finite(given["step"], f"{where}.step")
    log = given.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"{where}.log is {log!r}; expected true or false")
    if low > high:
        raise ConfigError(f"{where} goes from {low:g} to {high:g}; expected low below high")
    if log and low <= 0:
        raise ConfigError(f"{where}.low is {low:g}; expected more than 0 with log: true")
    if step is not None and (step <= 0 or log):
        raise ConfigError(f"{where}.step is {step:g}; expected more than 0, and no log beside it")
    if kind == "int" and any(v % 1 for v in (low, high, step or 1)):
        raise ConfigError(
            f"{where} goes from {low:g} to {high:g}; expected whole numbers of an int"
        )
    return Parameter(name, kind, low, high, step, log, when=when)


def _choices(given: Any, where: str) -> tuple[Value, ...]:
    if not isinstance(given, list) or not given:
        raise ConfigError(f"{where}.choices is {given!r}; expected a list of values")
    values = tuple(as_number(value) for value in given)
    if not all(isinstance(value, str | int | float | bool) for value in values):
        raise ConfigError(f"{where}.choices holds what is no text, number or truth value")
    if len({str(value) for value in values}) < len(values):
        raise ConfigError(f"{where}.choices: a value stands twice")
    return values


def _when(given: Any, where: str) -> dict[str, tuple[Value, ...]]:
    if not isinstance(given, dict):
        raise ConfigError(
            f"{where}.when is {given!r}; expected SETTING: VALUE, or a list of values"
        )
    return {
        str(name): tuple(map(as_number, value if isinstance(value, list) else [value]))
        for name, value in given.items()
    }


def _finite(value: Any, where: str) -> float:
    number = as_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ConfigError(f"{where} is {value!r}; expected a number")
    return float(number)
