"""Charts for a terminal: width, extremes, several runs, odd values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.chart import LABEL, chart, charts
from neural_trainer.render.panels import View
from neural_trainer.runs.run import Run, Series
from neural_trainer.symptoms import Finding


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
    assert 'b "second [0m"' in text
    assert "\x1b" not in text


def test_nothing_finite_is_said() -> None:
    assert chart([made_run("a", [float("nan")])], "loss") == "loss: no finite value"


def test_a_chart_a_signal() -> None:
    runs = [made_run("a", FALLING), made_run("b", FALLING, "accuracy")]
    assert [text.split()[0] for text in charts(runs, []).split("\n\n")] == ["loss", "accuracy"]
    assert charts(runs, view=View(("acc*",))).startswith("accuracy")
    with pytest.raises(NeuralTrainerError, match="no run has a signal zork"):
        charts(runs, view=View(("zork",)))


@pytest.mark.parametrize("count", [12, 27, 200])
def test_many_runs_are_named_as_far_as_there_are_letters(count: int) -> None:
    runs = [made_run(f"run-{n}", [step**-0.3 + n for step in range(1, 60)]) for n in range(count)]
    lines = chart(runs, "loss").splitlines()
    assert max(map(len, lines)) <= 79
    if count <= 26:
        assert "l run-11" in lines[-1]
    else:
        assert lines[-1].strip() == f"{count} runs"


def test_runs_that_end_in_one_place_keep_their_letters() -> None:
    rows = chart([made_run(name, FALLING) for name in "xyz"], "loss").splitlines()[1:13]
    assert all(any(letter in row[11:] for row in rows) for letter in "abc")


@pytest.mark.parametrize("step", [1, 500, 1000])
def test_an_alarm_stands_below_its_step(step: int) -> None:
    alarm = Finding("loss-spike", step, (step, step), 1.0, ())
    last = chart([made_run("a", FALLING)], "loss", [(alarm,)]).splitlines()[-1]
    assert f"loss-spike at {step}" in last
    assert abs(last.index("^") - LABEL - 1 - 67 * (step - 1) / 999) <= 1
    assert len(last) <= 79


def test_log_axes() -> None:
    falling = made_run("a", [10 - step / 200 for step in range(1000)])
    assert chart([falling], "loss", view=View(log_y=True)).startswith("loss (log)\n")
    below = made_run("a", [1.0, -1.0])
    assert "linear" in chart([below], "loss", view=View(log_y=True)).splitlines()[0]
    step = made_run("a", [1.0] * 32 + [0.0] * 968)
    top = chart([step], "loss", view=View(log_x=True)).splitlines()[1]
    share = math.log(33 / 2) / math.log(1001 / 2)  # from step 1 to step 1000
    assert len(top) == pytest.approx(LABEL + 1 + 68 * share, abs=2)
