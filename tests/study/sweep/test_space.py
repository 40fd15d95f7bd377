"""The search space and the settings of a sweep: what is taken, and what is refused in a line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from toy_sweep import asked

from neural_trainer.errors import ConfigError
from neural_trainer.study.sweep.boundary import at_boundary
from neural_trainer.study.sweep.settings import built
from neural_trainer.study.sweep.space import Parameter, read_space, suggest
from neural_trainer.study.sweep.trial_command import filled

CONDITIONAL = {
    "lr": {"low": "1e-5", "high": 1e-1, "log": True},
    "layers": {"type": "int", "low": 2, "high": 6, "step": 2},
    "opt": ["adam", "sgd"],
    "momentum": {"low": 0.5, "high": 0.99, "when": {"opt": "sgd"}},
}


class Proposal:
    """Stands for a trial of Optuna: proposes the last choice and the upper end."""

    def __init__(self, opt: str) -> None:
        self.opt = opt

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        assert choices == ["adam", "sgd"]
        return self.opt

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        assert (low, high, step, log) == (2, 6, 2, False)
        return high

    def suggest_float(self, name: str, low: float, high: float, *, step: Any, log: bool) -> float:
        assert log == (name == "lr")
        return high


@pytest.mark.parametrize(("opt", "there"), [("adam", False), ("sgd", True)])
def test_a_setting_is_there_under_its_condition_alone(opt: str, there: bool) -> None:
    space = read_space(CONDITIONAL, "a.yaml")
    values = suggest(space, Proposal(opt))
    assert ("momentum" in values) == there
    words = filled(("a.py", "--lr={lr}", "--m={momentum}", "-n{layers}", "{x}"), space, values)
    expected = ("a.py", "--lr=0.1", *(["--m=0.99"] if there else []), "-n6", "{x}")
    assert words == expected


REFUSED_SPACES = {
    "empty": ({}, "space is {}"),
    "one-point": ({"lr": [0.1], "n": {"low": 1, "high": 1}}, "one point"),
    "upside-down": ({"lr": {"low": 2, "high": 1}}, "low below high"),
    "log-of-zero": ({"lr": {"low": 0, "high": 1, "log": True}}, "more than 0"),
    "nan": ({"lr": {"low": float("nan"), "high": 1}}, "expected a number"),
    "broken-whole": ({"n": {"type": "int", "low": 0.5, "high": 3}}, "whole numbers"),
    "twice": ({"a": [1, 1]}, "stands twice"),
    "unknown-key": ({"a": {"lo": 1, "high": 2}}, "unknown key lo"),
    "condition-on-nothing": ({"a": {"choices": [1, 2], "when": {"b": 1}}}, "nowhere above"),
}


@pytest.mark.parametrize(("tree", "told"), REFUSED_SPACES.values(), ids=REFUSED_SPACES)
def test_spaces_that_are_refused(tree: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        read_space(tree, "a.yaml")


REFUSED_SETTINGS = {
    "unknown-key": ({"sampelr": "tpe"}, "did you mean sampler"),
    "both-commands": ({"train": "a.yaml"}, "one of command"),
    "unused-setting": ({"command": "a.py {lr}"}, "{opt} stands nowhere"),
    "no-signal": ({"objective": {"at": "end"}}, "objective.signal is missing"),
    "no-direction": ({"objective": {"signal": "colour"}}, "nothing tells"),
    "sampler": ({"sampler": "grid"}, "expected one of random"),
    "no-trials": ({"trials": 0}, "1 or more"),
    "half-a-trial": ({"trials": 1.5}, "whole number"),
    "executor": ({"executor": {"kind": "moon"}}, "executor.kind"),
}


@pytest.mark.parametrize(("changes", "told"), REFUSED_SETTINGS.values(), ids=REFUSED_SETTINGS)
def test_settings_that_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        built(asked(**changes), "a.yaml", "a")


def test_keys_of_our_trainer_are_set() -> None:
    tree = asked(train="base.yaml", space={"optimizer.lr": {"low": 1, "high": 2}})
    del tree["command"]
    sweep = built(tree, "a.yaml", "a")
    assert filled(sweep.command, sweep.space, {"optimizer.lr": 1.5}) == (
        "neural-trainer", "train", "base.yaml", "--set", "optimizer.lr=1.5",
    )  # fmt: skip
    assert sweep.folder == Path.cwd() / "sweeps" / "a"
    assert sweep.objective.low


BOUNDARIES = {
    "within": (Parameter("a", "float", 0.1, 1.0), 0.5, None),
    "upper": (Parameter("a", "float", 0.1, 1.0), 0.99, (0.1, 1.45)),
    "lower-in-log": (Parameter("a", "float", 1e-4, 1e-2, log=True), 1.1e-4, (1e-5, 1e-2)),
    "natural-zero": (Parameter("a", "float", 0.0, 1.0), 0.01, None),
    "whole": (Parameter("a", "int", 2, 10), 10, (2, 14)),
    "whole-least": (Parameter("a", "int", 1, 10), 1, None),
    "words": (Parameter("a", "categorical", choices=("x", "y", "z")), "z", None),
}


@pytest.mark.parametrize(("parameter", "value", "wider"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_best_at_the_boundary(parameter: Parameter, value: Any, wider: Any) -> None:
    found = at_boundary([parameter], {"a": value})
    if wider is None:
        assert found == []
    else:
        assert (found[0].try_low, found[0].try_high) == pytest.approx(wider)
