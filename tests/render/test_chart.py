"""Charts for a terminal: width, extremes, several runs, odd values."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.chart import chart, charts
from neural_trainer.runs.run import Run, Series


def made_run(name: str, value: list[float], signal: str = "loss") -> Run:
    series = Series(np.arange(1.0, len(value) + 1), np.array(value, dtype=float))
    return Run(name, name, "json-lines", {signal: series})


FALLING = [3 * step**-0.3 for step in range(1, 1001)]


@pytest.mark.parametrize(
    "value",
    [FALLING, [2.0], [1.0] * 50, [-1.0, -2.0], [1e-9, 1e9], [float("nan"), 1.0, float("inf")],
     [1e308, -1e308]],
    ids=["falling", "one-point", "constant", "negative", "wide", "not-finite", "extreme"],
)  # fmt: skip
@pytest.mark.parametrize("width", [79, 40])
def test_lines_are_as_wide_as_asked_and_not_wider(value: list[float], width: int) -> None:
    lines = chart([made_run("a", value)], "loss", width=width, height=8).splitlines()
    assert len(lines) == 10
    assert max(map(len, lines)) <= width


def test_a_single_spike_reaches_the_top() -> None:
    value = [1.0] * 5000
    value[3210] = 2.0
    lines = chart([made_run("a", value)], "loss").splitlines()
    assert lines[1].split()[0] == "2"
    assert len(lines[1].split()) == 2  # something is drawn beside the label


def test_several_runs_are_told_apart() -> None:
    text = chart([made_run("first", FALLING), made_run("second\x1b[0m", FALLING[::-1])], "loss")
    assert "a first" in text
    assert "b second" in text
    assert "\x1b" not in text


def test_nothing_finite_is_said() -> None:
    assert chart([made_run("a", [float("nan")])], "loss") == "loss: no finite value"


def test_a_chart_a_signal() -> None:
    runs = [made_run("a", FALLING), made_run("b", FALLING, "accuracy")]
    assert [text.split()[0] for text in charts(runs, []).split("\n\n")] == ["loss", "accuracy"]
    assert charts(runs, ["acc*"]).startswith("accuracy")
    with pytest.raises(NeuralTrainerError, match="no run has a signal zork"):
        charts(runs, ["zork"])
