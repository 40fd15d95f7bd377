"""Arms of a study: what each changes, and which arms each hypothesis sets against which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

from neural_trainer.errors import ConfigError
from neural_trainer.study.plan_question import BASELINE, slug

Grid = Literal["one-at-a-time", "factorial"]
MOST_ARMS = 256


@dataclass(frozen=True)
class Arm:
    """One setting. changes: keys of the config with their values, none for the config as it is."""

    name: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Hypothesis:
    """A claim: each arm of `after` set against the arm of `before` in the same place."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Factor:
    """A key of the config and its values, of which the first is the baseline's."""

    key: str
    values: tuple[Any, ...]


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return key and value of KEY=VALUE, the value read as YAML. Raises ConfigError."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise ConfigError(f"{text}: expected KEY=VALUE, such as optimizer.lr=3e-4")
    return key, _value(value)


def parse_factor(text: str) -> Factor:
    """Return the factor of KEY=VALUE,VALUE…; a value with commas is put in brackets.

    >>> parse_factor("optimizer.lr=0.001,0.003").values
    (0.001, 0.003)
    """
    key, _, value = text.partition("=")
    _, values = parse_assignment(f"{key}=[{value}]")
    if not isinstance(values, list) or len(values) < 2:
        raise ConfigError(f"--factor {text}: one value leaves nothing to compare; expected two")
    numbers = [as_number(value) for value in values]
    if len({str(value) for value in numbers}) < len(numbers):
        raise ConfigError(f"--factor {text}: a value stands twice")
    return Factor(key, tuple(numbers))


def one_against_others(arms: Sequence[Arm]) -> list[Hypothesis]:
    """Return a hypothesis for each arm but the first, against the first."""
    first = arms[0].name
    return [Hypothesis(arm.name, (first,), (arm.name,)) for arm in arms[1:]]


def each_against_each(arms: Sequence[Arm]) -> list[Hypothesis]:
    """Return a hypothesis for each two arms: which is best is settled by no fewer."""
    return [
        Hypothesis(f"{after.name}-vs-{before.name}", (before.name,), (after.name,))
        for before, after in combinations(arms, 2)
    ]


def grid(factors: Sequence[Factor], kind: Grid) -> tuple[list[Arm], list[Hypothesis]]:
    """Return the arms of an ablation and its hypotheses.

    One at a time: the baseline, and each other value alone. Factorial: every combination; each
    other value of a factor is set against its first one over all combinations of the rest, so that
    every run tells of every factor. What factors do only together is in no hypothesis.
    """
    keys = [factor.key for factor in factors]
    if len(set(keys)) < len(keys):
        raise ConfigError("--factor names a key twice; expected each key once, with all its values")
    base = {factor.key: factor.values[0] for factor in factors}
    others = [(f.key, value) for f in factors for value in f.values[1:]]
    if kind == "one-at-a-time":
        arms = [Arm(BASELINE, base)]
        arms += [Arm(_name({key: value}), {**base, key: value}) for key, value in others]
        return arms, one_against_others(arms)
    count = 1
    for factor in factors:
        count *= len(factor.values)
    if count > MOST_ARMS:
        raise ConfigError(f"a factorial of {count} arms; expected at most {MOST_ARMS}")
    every = [
        dict(zip(keys, values, strict=True)) for values in product(*(f.values for f in factors))
    ]
    arms = [Arm(_name(changes), changes) for changes in every]
    hypotheses = []
    for key, value in others:
        rest = [changes for changes in every if changes[key] == base[key]]
        hypotheses.append(
            Hypothesis(
                _name({key: value}),
                tuple(_name(changes) for changes in rest),
                tuple(_name({**changes, key: value}) for changes in rest),
            )
        )
    return arms, hypotheses


def _name(changes: Mapping[str, Any]) -> str:
    return slug("_".join(f"{key.rpartition('.')[2]}-{value}" for key, value in changes.items()))


def _value(text: str) -> Any:
    import yaml

    try:
        return as_number(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"{text!r} is no YAML value") from error


def as_number(value: Any) -> Any:
    """Return what YAML takes for a word though it is a number: 3e-4 has no point."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
