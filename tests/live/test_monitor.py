"""The Monitor: what a run folder holds after a loop, and that nothing stops the training."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_diagnoses import diagnose_rise

from neural_trainer.errors import ConfigError, RunRefused
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.registry import registered
from neural_trainer.live.run_folder import ALERTS_FILE, METRICS_FILE, RUN_FILE, SUMMARY_FILE
from neural_trainer.runs.read import read

SCRIPTS = Path(__file__).parents[2] / "scripts"


def lines(folder: str | Path, name: str = METRICS_FILE) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(folder) / name).read_text().splitlines()]


def record(folder: str | Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((Path(folder) / name).read_text())
    return loaded


@pytest.mark.parametrize(
    ("step", "written"),
    [
        pytest.param(np.int64(7), "7", id="numpy"),
        pytest.param(7.0, "7", id="whole"),
        pytest.param(0.5, "0.5", id="part-of-an-epoch"),
    ],
)
def test_a_step_of_ones_own_is_written_as_a_number(project: Path, step: Any, written: str) -> None:
    with Monitor("a", judge=False) as monitor:
        monitor.log(step, reward=2.0)
    assert f'"step": {written},' in Path("a", METRICS_FILE).read_text()


def test_the_summary_says_what_is_missing_to_repeat_the_run(project: Path) -> None:
    with Monitor("a", judge=False) as monitor:
        monitor.step(1.0)
    told = record("a", SUMMARY_FILE)["reproducibility"]
    conditions = record("a", RUN_FILE)["reproducibility"]
    missing = {one["name"] for one in conditions if one["state"] != "held"}
    assert (told["held"], told["of"]) == (len(conditions) - len(missing), len(conditions))
    assert set(told["open"]) == missing
    assert told["open"]["code committed"] == "not held: git init, and commit the code"


def test_a_run_file_that_has_gone_costs_the_summary_that_part_alone(project: Path) -> None:
    with Monitor("a", judge=False) as monitor:
        monitor.step(1.0)
        Path("a", RUN_FILE).unlink()
    summary = record("a", SUMMARY_FILE)
    assert "reproducibility" not in summary
    assert (summary["ended"], summary["notes"]) == ("completed", [])


def test_steps_are_counted_from_one_and_read_back(
    project: Path, clock: Callable[[], float]
) -> None:
    with Monitor("runs/a", judge=False, clock=clock) as monitor:
        for step in range(1, 4):
            monitor.step(1.0 / step, lr=0.1)
        monitor.evaluate(loss=0.5, accuracy=0.9)
        monitor.log(reward=2.0)
        monitor.log(step=10, reward=3.0)
    assert [line["step"] for line in lines("runs/a")] == [1, 2, 3, 3, 3, 10]
    run = read("runs/a")
    assert run.name == "a"
    assert run.signals["loss"].value.tolist() == [1.0, 1 / 2, 1 / 3]
    assert run.signals["loss"].step.tolist() == [1, 2, 3]
    assert (run.signals["eval/loss"].at(3), run.signals["eval/accuracy"].at(3)) == (0.5, 0.9)
    assert run.signals["reward"].step.tolist() == [3, 10]
    assert (run.signals["lr"].value == 0.1).all()
    assert (run.signals["finite"].value == 1).all()


@pytest.mark.parametrize(
    ("loss", "more", "finite"),
    [
        pytest.param(1.0, {}, 1.0, id="all-well"),
        pytest.param(math.nan, {}, 0.0, id="loss-nan"),
        pytest.param(-math.inf, {}, 0.0, id="loss-minus-inf"),
        pytest.param(1.0, {"grad_norm": math.inf}, 0.0, id="gradient-inf"),
        pytest.param(1.0, {"accuracy": math.nan}, 1.0, id="other-metric-undefined"),
    ],
)
def test_what_is_not_finite_is_flagged_and_kept_as_valid_json(
    project: Path, loss: float, more: dict[str, float], finite: float
) -> None:
    with Monitor("a", judge=False) as monitor:
        monitor.step(loss, **more)
    text = (project / "a" / METRICS_FILE).read_text()
    line = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert line["finite"] == finite
    value = read("a").signals["loss"].value[0]
    assert value == loss or (math.isnan(value) and math.isnan(loss))


def test_step_time_and_throughput_leave_out_evaluation_and_the_monitor_itself(
    project: Path,
) -> None:
    now = [0.0]
    with Monitor("a", judge=False, stopwatch=lambda: now[0]) as monitor:
        monitor.step(1.0, samples=8)
        now[0] += 2.0
        monitor.step(1.0, samples=8)
        now[0] += 100.0
        monitor.evaluate(loss=1.0)
        now[0] += 2.0
        monitor.step(1.0, samples=8)
        now[0] += 4.0
        monitor.step(1.0, samples=8)
    steps = [line for line in lines("a") if "loss" in line]
    assert [line.get("step_time_s") for line in steps] == [None, 2.0, None, 4.0]
    assert [line.get("throughput") for line in steps] == [None, 4.0, None, 2.0]


def test_run_file_summary_and_registry(project: Path, clock: Callable[[], float]) -> None:
    with Monitor(
        "runs/a", config={"lr": 0.1, "api_key": "abc"}, judge=False, clock=clock
    ) as monitor:
        for loss in (3.0, 1.0, 2.0):
            monitor.step(loss)
        monitor.evaluate(loss=4.0)
    run = record("runs/a", RUN_FILE)
    assert run["config"] == {"lr": 0.1, "api_key": "***"}
    assert (run["name"], run["schema"], run["cwd"]) == ("a", 1, str(project))
    summary = record("runs/a", SUMMARY_FILE)
    assert summary["ended"] == "completed"
    assert summary["steps"] == 3
    assert summary["duration_s"] > 0
    assert summary["loss"]["first"] == {"step": 1, "value": 3.0}
    assert summary["loss"]["best"] == {"step": 2, "value": 1.0}
    assert summary["loss"]["last"] == {"step": 3, "value": 2.0}
    assert summary["eval_loss"]["best"] == {"step": 3, "value": 4.0}
    assert [entry.folder for entry in registered(project)] == [project / "runs/a"]
    assert registered(project)[0].started == run["started"]


def test_a_loop_that_raises_is_named_in_the_summary(project: Path) -> None:
    def loop() -> None:
        with Monitor("a", judge=False) as monitor:
            monitor.step(1 / 0)

    with pytest.raises(ZeroDivisionError):
        loop()
    assert record("a", SUMMARY_FILE)["ended"] == "stopped by ZeroDivisionError"


def test_a_folder_that_holds_a_run_is_refused_unless_resumed(project: Path) -> None:
    Monitor("a", judge=False).close()
    with pytest.raises(RunRefused, match="already holds a run"):
        Monitor("a", judge=False)
    with pytest.raises(RunRefused, match="to resume"):
        Monitor("b", judge=False, resume=True)
    assert not Path("b").exists()


def test_resume_goes_on_counting_over_a_torn_line(
    project: Path, judged_by: Callable[[Any], None]
) -> None:
    judged_by(diagnose_rise)
    with Monitor("a") as monitor:
        for loss in (2.0, 1.0, 9.0):
            monitor.step(loss)
    with (project / "a" / METRICS_FILE).open("a") as file:
        file.write('{"step": 4, "ti')
    with Monitor("a", resume=True) as monitor:
        monitor.step(9.5)
        monitor.step(1.0)
    assert [line["step"] for line in lines("a")] == [1, 2, 3, 4, 5]
    assert record("a", SUMMARY_FILE)["loss"]["best"] == {"step": 2, "value": 1.0}
    assert [(line["state"], line["step"]) for line in lines("a", ALERTS_FILE)] == [
        ("raised", 3),
        ("cleared", 5),
    ]
    assert len(registered(project)) == 1


def test_alarms_are_written_with_the_keys_that_the_relay_reads(
    project: Path, judged_by: Callable[[Any], None], clock: Callable[[], float]
) -> None:
    judged_by(diagnose_rise)
    with Monitor("a", clock=clock) as monitor:
        for step in range(1, 61):
            monitor.step(2.0 if step < 40 else 9.0)
    (alarm,) = lines("a", ALERTS_FILE)
    assert set(alarm) == {
        "id",
        "state",
        "symptom",
        "cause",
        "confidence",
        "step",
        "message",
        "size",
        "worse",
        "time",
    }
    assert (alarm["state"], alarm["step"]) == ("raised", 41)
    summary = record("a", SUMMARY_FILE)
    assert (summary["verdict"], summary["cause"]) == ("faulty", "lr-too-high")


@pytest.mark.parametrize("name", ["step", "time"])
def test_a_metric_that_would_overwrite_the_line_is_refused(project: Path, name: str) -> None:
    with Monitor("a", judge=False) as monitor, pytest.raises(ConfigError, match=name):
        monitor.step(1.0, **{name: 1.0})


def test_a_metric_that_is_no_number_is_left_out_and_said_once(project: Path) -> None:
    with Monitor("a", judge=False) as monitor:
        with pytest.warns(RuntimeWarning, match="metric phase left out"):
            monitor.step(1.0, phase="warm")
        monitor.step(1.0, phase="warm")  # a second warning would be an error here
    assert [set(line) & {"phase", "loss"} for line in lines("a")] == [{"loss"}, {"loss"}]
    assert len(record("a", SUMMARY_FILE)["notes"]) == 1


def test_a_callable_sink_gets_every_value_and_one_that_raises_is_dropped(project: Path) -> None:
    got: list[tuple[int, dict[str, float]]] = []

    def good(step: int, values: Mapping[str, float]) -> None:
        got.append((step, dict(values)))

    def bad(step: int, values: Mapping[str, float]) -> None:
        raise OSError("the other side is gone")

    monitor = Monitor("a", judge=False, sinks=[bad, good])

    def loop() -> None:
        monitor.step(1.0, reward=2.0)
        monitor.step(0.5)
        monitor.close()

    with pytest.warns(RuntimeWarning, match="sink bad dropped at step 1"):
        loop()
    assert [(step, values["loss"]) for step, values in got] == [(1, 1.0), (2, 0.5)]
    assert got[0][1]["reward"] == 2.0
    assert "the other side is gone" in record("a", SUMMARY_FILE)["notes"][0]


def test_a_judge_that_fails_is_given_up_and_the_training_goes_on(
    project: Path, judged_by: Callable[[Any], None]
) -> None:
    def broken(run: Any) -> Any:
        raise KeyError("ours")

    judged_by(broken)
    with Monitor("a") as monitor:
        with pytest.warns(RuntimeWarning, match="judging stopped"):
            monitor.step(math.nan)
        monitor.step(1.0)
    assert len(lines("a")) == 2
    assert "verdict" not in record("a", SUMMARY_FILE)


FULL_DISK = """
import resource, sys
from neural_trainer import Monitor
with Monitor("a", judge=False) as monitor:
    # The kernel then takes part of a line and refuses the next, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    for step in range(1000):
        monitor.step(1.0)
print("trained", monitor.step_number)
"""


@pytest.mark.parametrize("flags", [[], ["-W", "error"]], ids=["as-usual", "warnings-as-errors"])
def test_a_full_disk_stops_the_recording_and_not_the_training(
    project: Path, flags: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, *flags, "-c", FULL_DISK],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "trained 1000\n", done.stderr
    assert done.stderr.count("recording stopped") == (0 if flags else 1)
    assert "Traceback" not in done.stderr
    assert read("a").last_step > 10
    assert "recording stopped" in record("a", SUMMARY_FILE)["notes"][0]


FULL_DISK_OF_LAYERS = """
import resource
import torch
from neural_trainer import Monitor
model = torch.nn.Sequential(*[torch.nn.Linear(4, 4) for _ in range(20)])
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
    resource.setrlimit(resource.RLIMIT_FSIZE, (25000, 25000))
    for step in range(300):
        optimizer.zero_grad()
        loss = model(torch.ones(2, 4)).square().mean()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
print("trained", monitor.step_number)
"""


def test_a_disk_that_is_full_of_layers_leaves_the_lines_and_the_training(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK_OF_LAYERS],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "trained 300\n", done.stderr
    assert "Traceback" not in done.stderr
    run = read("a")
    assert run.layers is not None
    rows = run.layers.step.tolist()
    assert rows == list(range(1, len(rows) + 1))
    assert 5 < len(rows) < len(run.signals["loss"])
    assert not [note for note in run.notes if "damaged" in note]
    notes = record("a", SUMMARY_FILE)["notes"]
    assert notes[0].startswith(f"statistics by layer stopped at step {len(rows) + 1}")
    assert notes[1].startswith("recording stopped")


def test_what_is_heavy_is_not_imported_for_plain_numbers(project: Path) -> None:
    code = """
import sys
from neural_trainer import Monitor
with Monitor("a", judge=False) as monitor:
    monitor.step(1.0)
heavy = {"torch", "pandas", "matplotlib", "scipy", "tensorboard", "yaml", "rich"} & set(sys.modules)
# Symptoms and causes take 4 MB: who does not judge goes without.
heavy |= {"neural_trainer.diagnosis", "neural_trainer.symptoms"} & set(sys.modules)
raise SystemExit(f"imported {heavy}" if heavy else 0)
"""
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
