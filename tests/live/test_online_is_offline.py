"""What judges a run while it grows says what `diagnose` says of the log cut off there."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.diagnosis import Report, alarms, diagnose
from neural_trainer.live.judge import Judge
from neural_trainer.live.watcher import watch
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run

MADE = {**HEALTHY, **FAULTY}
TRAINED_LONG = 1_000  # steps; a longer run is judged the same way, only for longer


def lines_of(run: Run) -> list[tuple[int, dict[str, float]]]:
    """Return what a loop would have logged at each step."""
    rows: dict[int, dict[str, float]] = {}
    for name, series in run.signals.items():
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            rows.setdefault(int(step), {})[name] = value
    return sorted(rows.items())


def logged(rows: list[tuple[int, dict[str, float]]]) -> Iterator[str]:
    """Yield the lines of a log."""
    for step, values in rows:
        told = {name: value if value == value else "nan" for name, value in values.items()}
        yield json.dumps({"step": step, **told}) + "\n"


def offline(run: Run, rows: list[tuple[int, dict[str, float]]], until: float) -> Report:
    """Return what is said of a log that ends with step `until`."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "run.jsonl"
        path.write_text("".join(logged([row for row in rows if row[0] <= until])))
        layers = None if run.layers is None else run.layers.until(until)
        return diagnose(replace(read(path), layers=layers))


@cache
def made(name: str, seed: int) -> Run:
    return MADE[name](seed)


def hold_judge(run: Run) -> list[str]:
    """Assert that each line of a judge is what is said offline; return the symptoms it raised."""
    rows, lines = lines_of(run), list[dict[str, Any]]()
    judge = Judge(lines.append, layers=lambda: run.layers, stopwatch=lambda: 0.0)
    for step, values in rows:
        judge.observe(step, float(step), values)
    ended = judge.finish()
    for line in lines:
        report = offline(run, rows, line["step"])
        said = {finding.symptom: finding.evidence[0] for finding in alarms(report)}
        if line["state"] == "cleared":
            assert report.verdict in ("healthy", "converged")
            continue
        assert said[line["symptom"]] == line["message"]
        told = report.root_causes[:1]  # none with an early warning
        assert [one.cause for one in told] == [line["cause"]][: len(told)]
        assert [one.confidence for one in told] == pytest.approx(
            [line["confidence"]][: len(told)], abs=1e-4
        )
        assert told or line["cause"] == "unknown"
    whole = offline(run, rows, run.last_step)
    assert ended is not None
    assert (ended.verdict, ended.reason) == (whole.verdict, whole.reason)
    assert [(c.cause, c.evidence) for c in ended.root_causes] == [
        (c.cause, c.evidence) for c in whole.root_causes
    ]
    return [line["symptom"] for line in lines if line["state"] == "raised"]


@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(MADE)), st.integers(0, 9), st.floats(0.1, 1.0))
def test_a_judge_says_of_any_part_of_a_run_what_diagnose_says(
    name: str, seed: int, share: float
) -> None:
    run = made(name, seed)
    hold_judge(run.until(min(TRAINED_LONG, max(1, round(share * run.last_step)))))


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_a_judge_says_of_a_whole_run_what_diagnose_says(name: str) -> None:
    hold_judge(made(name, 1))


@pytest.mark.parametrize(
    "name", ["diverging-at-peak", "overfitting-epochs", "nan-sudden", "relus-die", "no-warmup"]
)
def test_a_fault_is_raised_while_the_run_grows(name: str) -> None:
    run = made(name, 1)
    assert hold_judge(run.until(min(2 * TRAINED_LONG, run.last_step)))


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(FAULTY)), st.integers(0, 9), st.integers(3, 9))
def test_a_watcher_says_of_a_growing_log_what_diagnose_says(
    name: str, seed: int, num_parts: int
) -> None:
    run = replace(made(name, seed), layers=None)
    rows = lines_of(run)[:TRAINED_LONG]
    ends = [round(len(rows) * part / num_parts) for part in range(1, num_parts + 1)]
    with tempfile.TemporaryDirectory() as home:
        project = Path(home)
        log = project / "run.jsonl"
        log.write_text("".join(logged(rows[: ends[0]])))
        grown = [0]

        def grow(seconds: float) -> None:
            grown[0] += 1
            with log.open("a") as file:
                file.write("".join(logged(rows[ends[grown[0] - 1] : ends[grown[0]]])))

        out = io.StringIO()
        watch(
            str(log), out, project=project, as_json=True, sleep=grow, clock=lambda: 0.0,
            stop=lambda: grown[0] == num_parts - 1,
        )  # fmt: skip
    first: dict[str, Any] | None = None
    for line in map(json.loads, out.getvalue().splitlines()):
        first = first if first is not None else line
    expected = [
        (alarm.symptom, report.root_causes[0].cause, int(rows[end - 1][0]))
        for end in ends
        for report in [offline(run, rows, rows[end - 1][0])]
        for alarm in alarms(report)
    ][:1]
    told = [] if first is None else [(first["id"], first["cause"], first["step"])]
    assert told == expected
