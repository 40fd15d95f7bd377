"""Axes: which column counts the steps, restarts, resumes, rows of evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.run import Run

Rows = list[dict[str, Any]]


def runs_of(rows: Rows, **known: Any) -> list[Run]:
    columns = Columns()
    columns.add(rows)
    return to_runs(Table("run", "source", "test", columns.columns(), columns.num_rows, **known))


def losses(steps: list[float], **more: Any) -> Rows:
    return [{"step": step, "loss": 100.0 + i, **more} for i, step in enumerate(steps)]


COUNTERS: dict[str, tuple[Rows, str, list[float]]] = {
    "step": ([{"step": i, "epoch": 0, "loss": 1.0} for i in (5, 10)], "step", [5, 10]),
    "global-step-over-row-number": (
        [{"_step": i, "train/global_step": 9 * i, "loss": 1.0} for i in (1, 2)],
        "step",
        [9, 18],
    ),
    "wandb-row-number": ([{"_step": i, "loss": 1.0} for i in (3, 4)], "step", [3, 4]),
    "current-steps-not-their-total": (
        [{"total_steps": 50, "current_steps": i, "loss": 1.0} for i in (1, 2)],
        "step",
        [1, 2],
    ),
    "timesteps": (
        [{"time/iterations": i, "time/total_timesteps": 64 * i, "loss": 1.0} for i in (1, 2)],
        "timestep",
        [64, 128],
    ),
    "epoch": ([{"epoch": i, "loss": 1.0} for i in range(3)], "epoch", [0, 1, 2]),
    "epoch-of-many-rows": (
        [{"epoch": i // 4, "loss": 1.0} for i in range(8)],
        "row",
        [0, 1, 2, 3, 4, 5, 6, 7],
    ),
    "batches-from-zero": (
        [{"epoch": e, "batch": i, "loss": 1.0} for e in (0, 1) for i in (0, 1, 2)],
        "step",
        [0, 1, 2, 3, 4, 5],
    ),
    "nothing-counts": ([{"loss": 1.0}, {"loss": 2.0}], "row", [0, 1]),
    "stuck-counter": ([{"step": 0, "loss": 1.0}] * 3, "row", [0, 1, 2]),
    "first-step-in-two-rows": (
        [{"step": 1, "loss": 1.0}, {"step": 1, "eval/loss": 2}],
        "step",
        [1],
    ),
    "one-row": ([{"step": 7, "loss": 1.0}], "step", [7]),
    "epoch-counts-within": (
        [{"epoch": e, "iter": i, "loss": 1.0} for e in (1, 2, 3) for i in (50, 100)],
        "step",
        [50, 100, 150, 200, 250, 300],
    ),
    "epoch-from-zero-counts-within": (
        [{"epoch": e, "batch": i, "loss": 1.0} for e in (0, 1) for i in (1, 2, 3)],
        "step",
        [1, 2, 3, 4, 5, 6],
    ),
}


@pytest.mark.parametrize(("rows", "axis", "steps"), COUNTERS.values(), ids=COUNTERS)
def test_counter(rows: Rows, axis: str, steps: list[float]) -> None:
    (run,) = runs_of(rows)
    assert run.axis == axis
    assert run.signals["loss"].step.tolist() == steps


def test_last_value_wins_at_equal_steps() -> None:
    (run,) = runs_of(losses([1, 2, 2, 3]))
    assert run.signals["loss"].step.tolist() == [1, 2, 3]
    assert run.signals["loss"].value.tolist() == [100, 102, 103]


def test_one_late_row_is_sorted() -> None:
    (run,) = runs_of(losses([1, 2, 3, 5, 4, 6, 7, 8]))
    assert run.signals["loss"].value.tolist() == [100, 101, 102, 104, 103, 105, 106, 107]
    assert not run.events


def test_back_to_the_start_is_another_run() -> None:
    runs = runs_of(losses([10, 20, 30, 10, 20, 30, 40, 0, 10]))
    assert [run.name for run in runs] == ["run#1", "run#2", "run#3"]
    assert [run.last_step for run in runs] == [30, 40, 10]
    assert runs[1].signals["loss"].value.tolist() == [103, 104, 105, 106]


def test_back_to_the_middle_is_a_resume() -> None:
    (run,) = runs_of(losses([*range(0, 100, 10), 55, 65, 75, 85, 95, 105]))
    assert run.signals["loss"].step.tolist() == [0, 10, 20, 30, 40, 50, 55, 65, 75, 85, 95, 105]
    assert run.signals["loss"].at(60) == 110
    assert [(event.kind, event.step) for event in run.events] == [("resumed", 55)]


def test_a_log_that_begins_late_was_resumed_not_restarted() -> None:
    (run,) = runs_of(losses([5000, 5010, 5020, 5030, 5000, 5010, 5020, 5030, 5040]))
    assert run.events[0].step == 5000
    assert run.signals["loss"].value.tolist() == [104, 105, 106, 107, 108]


def test_mixed_writers_are_one_run() -> None:
    steps = [step for i in range(40) for step in (i + 5, i)]
    (run,) = runs_of(losses(steps))
    assert run.signals["loss"].step.tolist() == list(range(45))
    assert "up and down" in run.notes[0]


def test_a_counter_inside_episodes_is_no_axis() -> None:
    (run,) = runs_of(losses([*range(5)] * 150))
    assert run.axis == "row"
    assert run.last_step == 749


def test_evaluation_rows_that_count_epochs() -> None:
    rows: Rows = []
    for epoch in (1, 2, 3):
        rows += [{"step": 10 * epoch + i, "epoch": epoch, "loss": 1.0, "time": 0.5} for i in (0, 5)]
        rows.append({"coco/AP": epoch / 10, "loss_val": 2.0, "step": epoch, "time": 3.0})
    (run,) = runs_of(rows)
    assert run.signals["eval/coco/AP"].step.tolist() == [15, 25, 35]
    assert run.signals["eval/coco/AP"].value.tolist() == [0.1, 0.2, 0.3]
    assert run.logged_as["eval/coco/AP"] == "coco/AP"
    assert run.signals["eval/loss"].step.tolist() == [15, 25, 35]
    assert len(run.signals["loss"]) == 6


def test_rows_marked_as_evaluation() -> None:
    rows: Rows = []
    for epoch in (1, 2):
        rows += [{"epoch": epoch, "iter": i, "loss": 1.0, "lr": 0.1} for i in (50, 100)]
        rows.append({"epoch": epoch, "iter": 7, "loss": 2.0, "lr": 0.1})
    (run,) = runs_of(rows, evaluated=[2, 5])
    assert run.signals["loss"].step.tolist() == [50, 100, 150, 200]
    assert run.signals["eval/loss"].step.tolist() == [100, 200]
    assert run.signals["lr"].step.tolist() == [50, 100, 150, 200]


def test_marked_evaluation_keeps_a_step_of_its_own() -> None:
    rows: Rows = [{"step": 0, "loss": 3.0}, {"step": 4, "loss": 2.0}, {"step": 5, "loss": 2.5}]
    (run,) = runs_of([*rows, {"step": 8, "loss": 1.0}], evaluated=[0, 2])
    assert run.signals["eval/loss"].step.tolist() == [0, 5]
    assert run.signals["loss"].step.tolist() == [4, 8]


def test_rows_without_a_step() -> None:
    rows: Rows = [{"seed": 1}, {"step": 1, "loss": 1.0}, {"loss_test": 5.0}, {"step": 2, "loss": 2}]
    (run,) = runs_of(rows)
    assert run.signals["test/loss"].step.tolist() == [1]
    assert "seed" not in run.signals
    assert len(run.notes) == 2


def test_nan_stays_and_null_does_not() -> None:
    (run,) = runs_of(
        [{"step": 1, "loss": np.nan}, {"step": 2, "loss": None}, {"step": 3, "loss": 1}]
    )
    assert run.signals["loss"].step.tolist() == [1, 3]
    assert np.isnan(run.signals["loss"].value[0])


CLOCKS: dict[str, tuple[str, list[float], bool]] = {
    "unix": ("time", [1.7e9, 1.7e9 + 1], True),
    "elapsed": ("time/time_elapsed", [3.0, 9.0], True),
    "wall": ("Wall time", [1.7e9, 1.7e9 + 1], True),
    "duration": ("time", [9.0, 3.0], False),
    "durations-that-rise": ("time", [9.0, 9.5], False),
    "durations-alike": ("time", [9.0, 9.0], False),
}


@pytest.mark.parametrize(("name", "times", "is_clock"), CLOCKS.values(), ids=CLOCKS)
def test_clock(name: str, times: list[float], is_clock: bool) -> None:
    (run,) = runs_of([{"step": i, "loss": 1.0, name: time} for i, time in enumerate(times)])
    time = run.signals["loss"].time
    assert (time is not None and time.tolist() == times) is is_clock
    assert (name in run.signals) is not is_clock


def test_a_clock_begins_again_with_each_run() -> None:
    rows: Rows = [{"step": i, "loss": 1.0, "elapsed": 2.0 * i} for _ in range(2) for i in (1, 2, 3)]
    for run in runs_of(rows):
        assert run.signals["loss"].time is not None
        assert run.signals["loss"].time.tolist() == [2, 4, 6]


def test_time_beside_data_time_is_a_duration() -> None:
    rows: Rows = [{"iter": i, "time": 0.5 + i, "data_time": 0.1, "loss": 1.0} for i in (1, 2)]
    (run,) = runs_of(rows)
    assert run.signals["step_time_s"].value.tolist() == [1.5, 2.5]
    assert run.logged_as["step_time_s"] == "time"


def test_steps_alone_are_no_log() -> None:
    with pytest.raises(ReadError, match="no numbers"):
        runs_of([{"step": 1}, {"step": 2}])


def test_epochs_that_start_again_are_runs_of_their_own() -> None:
    rows = [
        {"epoch": e, "loss": 1 / (e + 1 + k)} for k, n in enumerate((5, 4, 10, 5)) for e in range(n)
    ]
    runs = runs_of(rows)
    assert [run.axis for run in runs] == ["epoch"] * 4
    assert [len(run.signals["loss"]) for run in runs] == [5, 4, 10, 5]
    assert runs[2].signals["loss"].step.tolist() == list(range(10))


def test_rows_of_evaluation_that_count_epochs_turn_about_with_those_of_training() -> None:
    """mmengine with one row of training in an epoch: half of all rows step back."""
    rows: Rows = []
    for epoch in range(1, 9):
        rows += [{"step": 69 * epoch, "loss": 2.0 / epoch, "time": 0.1}]
        rows += [{"step": epoch, "accuracy/top1": 40.0 + epoch, "time": 0.2}]
    (run,) = runs_of(rows)
    assert run.signals["loss"].step.tolist() == [69.0 * epoch for epoch in range(1, 9)]
    assert run.signals["eval/accuracy"].step.tolist() == [69.0 * epoch for epoch in range(1, 9)]


def test_how_many_steps_an_iteration_took_counts_no_rows() -> None:
    amounts = [4028, 4032, 4025, 4061, 4023, 4030, 4026, 4041, 4033, 4028]
    (run,) = runs_of([{"steps": n, "loss": 1.0 + i} for i, n in enumerate(amounts)])
    assert run.axis == "row"
    assert len(run.signals["loss"]) == len(amounts)
