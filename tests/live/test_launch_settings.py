"""Settings of a launch: what is taken, what is refused and with which hint; restarts and caps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.errors import ConfigError
from neural_trainer.live.launch.caps import Spent, cost, reached
from neural_trainer.live.launch.crash import Crash
from neural_trainer.live.launch.restart_command import restart_command
from neural_trainer.live.launch.restarts import Attempt, decide
from neural_trainer.live.launch.settings import Caps, as_json, built, from_file

WRONG = {
    "unknown_key": ("command: a\ngrase_s: 3", "did you mean grace_s?"),
    "unknown_cap": ("command: a\ncaps: {hour: 3}", "did you mean caps.hours?"),
    "caps_no_section": ("command: a\ncaps: 3", "expected hours, gpu_hours"),
    "no_command": ("run: runs/a", "there is no command"),
    "half_a_restart": ("command: a\ncaps: {restarts: 1.5}", "expected a whole number"),
    "hours_below_zero": ("command: a\ncaps: {hours: -1}", "expected a number, 0 or more"),
    "hours_no_number": ("command: a\ncaps: {hours: soon}", "caps.hours is 'soon'"),
    "truth_for_a_number": ("command: a\ngrace_s: true", "grace_s is True"),
    "unknown_stage": ("command: a\nstages: [smok]", "did you mean smoke?"),
    "stages_out_of_order": ("command: a\nstages: full,smoke", "in this order"),
    "no_stage": ("command: a\nstages: []", "in this order"),
    "unknown_stop": ("command: a\nstop_on: nans", "did you mean nan?"),
    "no_tree": ("- a", "expected keys such as command"),
    "no_yaml": ("command: [a", "is no YAML"),
    "open_quote": ('command: "python \'a"', "cannot be split into words"),
    "run_no_text": ("command: a\nrun: 3", "run is 3; expected text"),
}


@pytest.mark.parametrize(("text", "hint"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, hint: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        built(from_file(path), str(path))
    assert hint in str(refused.value)


def test_a_file_and_its_way_to_a_launch_in_the_background(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "command: torchrun --nproc-per-node 2 train.py --name 'a b'\n"
        "caps: {hours: 24, restarts: 3}\nstages: [one-step, full]\nstop_on: nan\nbackoff_s: 1e1\n"
    )
    settings = built(from_file(path), str(path))
    assert settings.command[-2:] == ("--name", "a b")
    assert settings.caps == Caps(hours=24.0, restarts=3)
    assert settings.stages == ("one-step", "full")
    assert settings.stop_on == ("nan",)
    assert settings.backoff_s == 10.0
    assert built(json.loads(json.dumps(as_json(settings)))) == settings


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a YAML file"):
        from_file(tmp_path / "none.yaml")


REACHED = {
    "below": (Spent(1.9, 0.0, 0.0), ""),
    "hours": (Spent(2.0, 0.0, 0.0), "the cap of 2 hours is reached"),
    "gpu_hours": (Spent(1.0, 8.5, 0.0), "the cap of 8 GPU hours is reached"),
    "disk": (Spent(1.0, 0.0, 5.1), "the cap of 5 GB in its folder is reached"),
}


@pytest.mark.parametrize(("spent", "said"), REACHED.values(), ids=REACHED)
def test_caps(spent: Spent, said: str) -> None:
    assert reached(spent, Caps(hours=2, gpu_hours=8, disk_gb=5)) == said


def test_no_cap_is_never_reached() -> None:
    assert reached(Spent(1e6, 1e6, 1e6), Caps()) == ""


COSTS = {
    "nothing_known": (Caps(), 4, None, "not known"),
    "hours_alone": (Caps(hours=3), 0, None, "at most 3 hours"),
    "hours_of_gpus": (Caps(hours=3), 4, 2.0, "at most 3 hours, 12 GPU hours, 24 at 2 a GPU hour"),
    "the_lower_cap": (Caps(hours=3, gpu_hours=5), 4, None, "at most 3 hours, 5 GPU hours"),
}


@pytest.mark.parametrize(("limits", "gpus", "price", "said"), COSTS.values(), ids=COSTS)
def test_cost(limits: Caps, gpus: int, price: float | None, said: str) -> None:
    assert cost(limits, gpus, price).startswith(said)


def crash(name: str = "killed", repeats: Any = "no") -> Crash:
    return Crash(name, "it was", "do", repeats, "")


def attempt(number: int, last: float | None, why: Crash | None) -> Attempt:
    return Attempt(number, None if last is None else 1.0, last, "it crashed", why)


NEVER = {
    "not_asked_for": ([attempt(1, 9, crash())], 0, "were not asked for"),
    "a_cause_that_repeats": ([attempt(1, 9, crash("x", "always"))], 5, "would happen again"),
    "no_crash": ([attempt(1, 9, None)], 5, "did not crash"),
    "all_used": ([attempt(n, 9.0 * n, crash()) for n in (1, 2, 3)], 2, "all 2 are used"),
    "memory_before_any_step": (
        [attempt(1, None, crash("cuda-out-of-memory", "same-step"))], 5, "before any step",
    ),
    "twice_at_one_step": (
        [attempt(n, 40.0, crash("cuda-out-of-memory", "same-step")) for n in (1, 2)], 5,
        "twice at the same step, 40",
    ),
    "twice_without_a_step": (
        [attempt(n, None, crash("port-in-use")) for n in (1, 2)], 5, "twice, before any step",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("attempts", "most", "why"), NEVER.values(), ids=NEVER)
def test_no_restart(attempts: list[Attempt], most: int, why: str) -> None:
    decision = decide(attempts, most, 10.0)
    assert not decision.again
    assert why in decision.why


AGAIN = {
    "killed": ([attempt(1, 40.0, crash())], 10.0),
    "killed_at_its_start": ([attempt(1, None, crash())], 10.0),
    "memory_later_on": ([attempt(1, 40.0, crash("host-out-of-memory", "same-step"))], 10.0),
    "memory_at_another_step": (
        [attempt(n, 40.0 * n, crash("host-out-of-memory", "same-step")) for n in (1, 2)], 20.0,
    ),
    "another_cause_at_the_same_step": (
        [attempt(1, 40.0, crash("killed")), attempt(2, 40.0, crash("port-in-use"))], 20.0,
    ),
    "backing_off": ([attempt(n, 40.0 * n, crash()) for n in (1, 2, 3, 4)], 80.0),
    "backed_off": ([attempt(n, 40.0 * n, crash()) for n in range(1, 12)], 600.0),
}  # fmt: skip


@pytest.mark.parametrize(("attempts", "wait_s"), AGAIN.values(), ids=AGAIN)
def test_restarts_back_off(attempts: list[Attempt], wait_s: float) -> None:
    decision = decide(attempts, 99, 10.0)
    assert decision.again
    assert decision.wait_s == wait_s


def test_the_command_of_a_restart() -> None:
    found = [Path("old.pt"), Path("new one.pt")]
    told = restart_command(["a", "-b"], "--resume {checkpoint} --x", found)
    assert told == ["a", "-b", "--resume", "new one.pt", "--x"]
    assert restart_command(["a"], "--resume {checkpoint}", []) == ["a"]
    assert restart_command(["a"], "--resume auto", []) == ["a", "--resume", "auto"]
