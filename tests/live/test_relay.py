"""The relay: one line for each alarm raised or cleared, told once, in bounds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from relayed import CLEARED, ID, RAISED, Project, alarm_line

from neural_trainer.live.alarm import alarm_id
from neural_trainer.live.relay import (
    MAX_LINES_A_MINUTE,
    MAX_LINES_A_POLL,
    MAX_RUNS,
    follow,
)
from neural_trainer.live.silences import silence, unsilence


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_an_alarm_is_told_when_raised_and_when_cleared(project: Project) -> None:
    project.register("a")
    lines = project.follow(
        lambda: project.alarm("a"),
        lambda: project.alarm("a", step=413),
        lambda: None,
        lambda: project.alarm("a", state="cleared", step=500),
        lambda: project.alarm("a", state="cleared", step=501),
        lambda: project.alarm("a", step=600),
    )
    assert lines == [RAISED, CLEARED, RAISED.replace("step 412: ", "step 600: ")]


def test_what_was_raised_before_is_not_told(project: Project) -> None:
    project.register("a")
    project.alarm("a")
    project.alarm("a", id="loss-spike")
    assert project.follow(lambda: project.alarm("a", state="cleared")) == []


def test_nothing_is_told_where_nothing_happens(project: Project) -> None:
    assert project.follow(lambda: None) == []
    project.register("a")
    project.write("a", "")
    assert project.follow(lambda: None, lambda: project.write("a", "\n\n")) == []


def test_a_run_registered_later_is_followed_from_its_start(project: Project) -> None:
    def begin() -> None:
        project.register("a")
        project.alarm("a")

    assert project.follow(lambda: None, begin) == [RAISED]


def test_two_runs_are_told_apart(project: Project) -> None:
    project.register("a")
    project.register("b")

    def alarm_both() -> None:
        project.alarm("a")
        project.alarm("b")

    lines = project.follow(alarm_both)
    assert lines == [RAISED, RAISED.replace("run a", "run b").replace("runs/a", "runs/b")]


def test_a_run_registered_anew_is_followed_anew(project: Project) -> None:
    def begin_anew() -> None:
        project.alerts("a").unlink()
        project.register("a", started=2.0)

    project.register("a", started=1.0)
    lines = project.follow(lambda: project.alarm("a"), begin_anew, lambda: project.alarm("a"))
    assert lines == [RAISED, RAISED]


def test_only_the_newest_runs_are_watched(project: Project) -> None:
    project.register("old")
    for number in range(MAX_RUNS):
        project.register(f"r{number}")
    lines = project.follow(lambda: project.alarm("old"), lambda: project.alarm("r0"))
    assert [line.split(",")[0] for line in lines] == ["neural-trainer: run r0"]


def test_a_storm_of_many_runs_is_summed_up(project: Project) -> None:
    for number in range(30):
        project.register(f"r{number}")

    def storm() -> None:
        for number in range(30):
            project.alarm(f"r{number}", id=("loss-spike", "loss-diverging")[number % 3 == 0])

    lines = project.follow(storm)
    assert [line.split(",")[0] for line in lines[:-1]] == [
        f"neural-trainer: run r{number}" for number in range(MAX_LINES_A_POLL - 1)
    ]
    assert lines[-1] == (
        "neural-trainer: 27 more alarms of 27 runs: loss-spike (18), loss-diverging (9). "
        "Look closer: neural-trainer diagnose runs"
    )


def test_a_flood_that_goes_on_is_told_a_minute_at_a_time(project: Project) -> None:
    project.register("a")
    flips = [alarm_line(), alarm_line(state="cleared")]
    acts = [lambda line=line: project.write("a", line) for line in flips * 20]
    lines = project.follow(*acts, *[lambda: None] * 60)
    assert lines[:MAX_LINES_A_MINUTE] == [RAISED, CLEARED.replace("500", "412")] * 6
    assert lines[MAX_LINES_A_MINUTE:] == [
        f"neural-trainer: {40 - MAX_LINES_A_MINUTE} more alarms of 1 run: loss-diverging (28). "
        "Look closer: neural-trainer diagnose runs/a"
    ]


def test_an_alarm_that_changes_is_told_again(project: Project) -> None:
    project.register("a")
    lines = project.follow(
        lambda: project.alarm("a"),
        lambda: project.alarm("a", state="updated", step=500, message="loss at 9.9"),
        lambda: project.alarm("a", state="updated", step=600, cause="bad-batch", confidence=0.5),
    )
    assert lines[1:] == [
        "neural-trainer: run a, step 500: worse: loss at 9.9 (likely lr-too-high, 81 %; "
        f"alarm {ID}). Look closer: neural-trainer diagnose runs/a",
        "neural-trainer: run a, step 600: loss-diverging is now likely bad-batch, 50 %, no longer "
        f"lr-too-high (alarm {ID}). Look closer: neural-trainer diagnose runs/a",
    ]


def test_a_restart_repeats_nothing_and_tells_what_was_missed(project: Project) -> None:
    project.register("a")
    assert project.follow(lambda: project.alarm("a")) == [RAISED]
    assert project.follow(lambda: None) == []
    project.alarm("a", state="cleared", step=500)
    project.register("b")
    project.alarm("b")
    project.alarm("b", id="loss-spike")
    project.alarm("b", id="loss-spike", state="cleared")
    in_b = RAISED.replace("run a", "run b").replace("runs/a", "runs/b")
    assert project.follow() == [CLEARED, in_b]
    assert project.follow(lambda: None, lambda: project.alarm("a")) == [RAISED]


def test_a_silenced_alarm_is_not_told_until_it_is_heard_again(project: Project) -> None:
    project.register("a")
    project.alarm("a")
    wanted = alarm_id(str(project.folder / "runs" / "a"), "loss-diverging")
    lines = project.follow(
        lambda: silence(project.folder, wanted, "it is meant to", 1.0),
        lambda: project.alarm("a", state="cleared"),
        lambda: project.alarm("a"),
        lambda: project.alarm("a", id="loss-spike", message="spike"),
        lambda: unsilence(project.folder, wanted, 2.0),
        lambda: project.alarm("a", state="cleared", step=500),
    )
    assert [line.partition(" (")[0] for line in lines] == [
        "neural-trainer: run a, step 412: spike",
        CLEARED.partition(" (")[0],
    ]


def test_the_same_as_objects(project: Project) -> None:
    project.register("a")
    out = io.StringIO()
    stops = iter([False, True])
    follow(
        project.folder, out, sleep=lambda _: project.alarm("a"), stop=lambda: next(stops),
        as_json=True,
    )  # fmt: skip
    assert json.loads(out.getvalue()) == {
        "schema": "neural-trainer/alarm/1",
        "alarm": alarm_id(str(project.folder / "runs" / "a"), "loss-diverging"),
        "run": "a",
        "path": "runs/a",
        "id": "loss-diverging",
        "state": "raised",
        "step": 412,
        "message": "loss diverging: 2.1 at step 300, 8.4 at step 412.",
        "cause": "lr-too-high",
        "confidence": 0.81,
    }
