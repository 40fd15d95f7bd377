"""Text logs: which of their times are a step's, which its data's, which a clock and which neither."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.line_times import is_duration
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run

STEPS = (1, 2, 4)
ROWS = range(1, 11)


def run_of(text: str, folder: Path) -> Run:
    path = folder / "stdout"
    path.write_text(text, encoding="utf-8")
    (run,) = read_all(path)
    return run


# A log, and the signals in it beside epoch and loss with their values.
TIMED: dict[str, tuple[str, dict[str, list[float]]]] = {
    "time-and-data-with-means": (
        "".join(f"Epoch: [0][{i}/9]\tTime 1.{i} (1.5)\tData 0.{i} (0.2)\tLoss {i}.5 (3.0)\tPrec@1 {i}.0 (9.9)\tPrec@5 2{i}.0 (30.0)\n" for i in STEPS),
        {"step_time_s": [1.1, 1.2, 1.4], "data_time_s": [0.1, 0.2, 0.4], "accuracy": [1, 2, 4], "Prec@5": [21, 22, 24]},
    ),
    "time-with-its-mean-alone": (
        "".join(f"Epoch: [0][{i}/9]  Time 1.{i} (1.5)  Loss {i}.5 (3.0)\n" for i in STEPS),
        {"step_time_s": [1.1, 1.2, 1.4]},
    ),
    "pace-of-nothing-beside-it": (
        "".join(f"Train: 0 [ {i}/9 ( 1%)]  Loss: {i}.5 (3.0)  Time: 0.{i}s, 512.1/s  (0.594s,  430.72/s)  LR: 0.1  Data: 0.0{i} (0.02)\n" for i in STEPS),
        {"step_time_s": [0.1, 0.2, 0.4], "data_time_s": [0.01, 0.02, 0.04], "lr": [0.1, 0.1, 0.1]},
    ),
    "in-an-aside": (
        "".join(f"(epoch: 1, iters: {100 * i}, time: 0.{i}, data: 0.0{i}) loss: {i}.5\n" for i in STEPS),
        {"step_time_s": [0.1, 0.2, 0.4], "data_time_s": [0.01, 0.02, 0.04]},
    ),
    "costs-that-are-times": (
        "".join(f"epoch: 1, iter: {i}/9, loss: {i}.5, batch_cost: 1.{i}, reader_cost: 0.{i} | ETA 00:03:08\n" for i in STEPS),
        {"step_time_s": [1.1, 1.2, 1.4], "data_time_s": [0.1, 0.2, 0.4]},
    ),
    "cost-that-is-none": (
        "".join(f"epoch: 1, iter: {i}/9, batch_cost: {i}.5\n" for i in STEPS),
        {},
    ),
    "milliseconds-of-a-batch": (
        "".join(f"| epoch   1 | {i}/ 9 batches | ms/batch 3{i}.5 | loss  {i}.5\n" for i in STEPS),
        {"step_time_s": [0.0315, 0.0325, 0.0345]},
    ),
    "unit-a-blank-apart": (
        "".join(f"step {i}, loss: {i}.5, time: 64{i}.5 ms, tokens/sec: 158.5\n" for i in STEPS),
        {"step_time_s": [0.6415, 0.6425, 0.6445], "throughput": [158.5] * 3},
    ),
    "of-many-steps": (
        "".join(f"Ep. 1 : Up. {500 * i} : Cost {i}.5 : Time 7{9 - i}.91s\n" for i in STEPS),
        {"Time": [78.91, 77.91, 75.91]},
    ),
    "in-minutes": (
        "".join(f"epoch {i} | loss {i}.5 | duration {9 - i}.5m\n" for i in STEPS),
        {"duration": [510, 450, 330]},
    ),
    "steps-a-second": (
        "".join(f"Iter {i}: Train loss {i}.5, It/sec {i}.25, Peak mem 8.1 GB\n" for i in STEPS),
        {"It/sec": [1.25, 2.25, 4.25]},
    ),
    "column-of-a-table": (
        "iter   loss   time\n" + "".join(f"{i}  {i}.5  {9 - i}.25\n" for i in STEPS),
        {"time": [8.25, 7.25, 5.25]},
    ),
    "still-to-come": (
        "".join(f"epoch {i} loss {i}.5 eta: {9 - i}.5s time left: 3.5s remaining time 4.5s\n" for i in STEPS),
        {},
    ),
    "time-of-day": (
        "".join(f"epoch {i} loss {i}.5 time 12:3{i}:01\n" for i in STEPS),
        {},
    ),
    "of-an-evaluation": (
        "".join(f"Epoch: [{i}][1/2] Loss {i}.5 (3.0)\nTest: [1/2] Time 5.6 (5.6) Data 0.5 (0.5) Loss {i}.25 ({i}.75)\n" for i in range(3)),
        {"test/loss": [0.75, 1.75, 2.75]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "signals"), TIMED.values(), ids=TIMED)
def test_durations(text: str, signals: dict[str, list[float]], tmp_path: Path) -> None:
    run = run_of(text, tmp_path)
    others = {name: s.value.tolist() for name, s in run.signals.items()}
    assert others.pop("loss", None) is not None
    others.pop("epoch", None)
    assert others == {name: pytest.approx(values) for name, values in signals.items()}


CLOCKS = {
    "elapsed": ("".join(f"step {i} | elapsed {i}.5m | loss: {i}.5\n" for i in ROWS), 60.0),
    "seconds": ("".join(f"Episode {i} reward: {i}.5 Secs: {i}.5\n" for i in ROWS), 1.0),
    "of-training": ("iter  tr_loss  tr_time\n" + "".join(f"{i} {i}.5 {i}.5\n" for i in ROWS), 1.0),
}


@pytest.mark.parametrize(("text", "unit_s"), CLOCKS.values(), ids=CLOCKS)
def test_clocks_are_an_axis(text: str, unit_s: float, tmp_path: Path) -> None:
    (signal,) = run_of(text, tmp_path).signals.values()
    assert signal.time is not None
    assert signal.time.tolist() == pytest.approx([unit_s * (i + 0.5) for i in ROWS])


@pytest.mark.parametrize(
    "name", ["eta", "time left", "timeout", "validation time", "best time", "update", "real"]
)
def test_no_duration(name: str) -> None:
    assert not is_duration(name)
