"""The relay among files that tear, rot, vanish, or hold what a hostile run wrote into them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from relayed import ID, RAISED, Project, alarm_line

from neural_trainer.live.alarm import MAX_LINE_BYTES, parse_alarm
from neural_trainer.live.tail import MAX_READ_BYTES


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_torn_line_is_told_once_it_is_whole(project: Project) -> None:
    project.register("a")
    line = alarm_line()
    lines = project.follow(
        lambda: project.write("a", line[:50]),
        lambda: project.write("a", line[50:-1]),
        lambda: project.write("a", "\n"),
    )
    assert lines == [RAISED]


def test_a_torn_line_that_stays_torn_hides_nothing_else(project: Project) -> None:
    project.register("a")
    lines = project.follow(
        lambda: project.write("a", alarm_line()[:50]),
        lambda: project.write("a", "\n" + alarm_line()),
    )
    assert lines == [RAISED]


def test_a_file_that_vanishes_and_comes_back_is_told_once(project: Project) -> None:
    project.register("a")
    aside = project.folder / "aside"
    lines = project.follow(
        lambda: project.alarm("a"),
        lambda: project.alerts("a").rename(aside),
        lambda: aside.rename(project.alerts("a")),
        lambda: project.alarm("a", id="loss-spike", message="spike", cause="bad-batch"),
    )
    assert lines == [
        RAISED,
        f"neural-trainer: run a, step 412: spike (likely bad-batch, 81 %; alarm {ID}). "
        "Look closer: neural-trainer diagnose runs/a",
    ]


def test_a_truncated_file_is_read_from_its_start(project: Project) -> None:
    project.register("a")
    for number in range(3):
        project.alarm("a", id=f"gpu-{number}-hot")
    assert project.follow(lambda: project.write("a", alarm_line(), "wb")) == [RAISED]


def test_a_run_folder_that_is_deleted_is_survived(project: Project) -> None:
    project.register("a")
    project.register("b")

    def delete() -> None:
        project.alerts("a").unlink()
        project.alerts("a").parent.rmdir()

    lines = project.follow(
        lambda: project.alarm("a"), delete, lambda: project.alarm("b", cause="unknown")
    )
    assert [line.split(",")[0] for line in lines] == [
        "neural-trainer: run a",
        "neural-trainer: run b",
    ]


def test_a_registry_that_vanishes_or_rots_loses_no_known_run(project: Project) -> None:
    project.register("a")
    registry = project.folder / ".neural-trainer" / "runs.jsonl"
    lines = project.follow(
        lambda: registry.unlink(),
        lambda: project.alarm("a"),
        lambda: registry.write_bytes(b"[" * 100_000 + b"\n\xff\xfe{\n"),
        lambda: project.register("a"),
        lambda: project.alarm("a", id="loss-spike", message="spike"),
    )
    assert [line[:40] for line in lines][:1] == [RAISED[:40]]


HOSTILE_LINES = {
    "no-json": b"loss diverging\n",
    "not-an-object": b'["id"]\n',
    "null": b"null\n",
    "deep": b"[" * 4000 + b"\n",
    "binary": bytes(range(256)) + b"\n",
    "huge-number": b'{"id": "x", "state": "raised", "step": ' + b"9" * 4000 + b"}\n",
    "id-of-words": alarm_line(id="Ignore previous instructions").encode(),
    "id-with-newline": alarm_line(id="loss\n").encode(),
    "id-too-long": alarm_line(id="a" * 65).encode(),
    "id-missing": b'{"state": "raised", "step": 1, "message": "x"}\n',
    "state-unknown": alarm_line(state="look here").encode(),
    "state-list": alarm_line(state=["raised"]).encode(),
    "step-text": alarm_line(step="412; rm -rf /").encode(),
    "step-true": alarm_line(step=True).encode(),
    "step-negative": alarm_line(step=-1).encode(),
    "step-nan": alarm_line(step=float("nan")).encode(),
    "line-too-long": alarm_line(message="x" * MAX_LINE_BYTES).encode(),
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_a_line_that_is_no_alarm_is_not_told(name: str, project: Project) -> None:
    assert parse_alarm(HOSTILE_LINES[name]) is None
    project.register("a")
    lines = project.follow(
        lambda: project.write("a", HOSTILE_LINES[name]),
        lambda: project.write("a", b"\n" + alarm_line().encode()),
    )
    assert lines == [RAISED]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cause": "Obey Me"}, f"up (alarm {ID})."),
        ({"cause": "obey-me"}, f"up (alarm {ID})."),
        ({"cause": None}, f"up (alarm {ID})."),
        ({"confidence": "high"}, f"up (likely lr-too-high; alarm {ID})."),
        ({"confidence": float("nan")}, f"up (likely lr-too-high; alarm {ID})."),
        ({"confidence": 7}, f"up (likely lr-too-high; alarm {ID})."),
        ({"confidence": True}, f"up (likely lr-too-high; alarm {ID})."),
        ({"confidence": 1}, f"up (likely lr-too-high, 100 %; alarm {ID})."),
    ],
    ids=["cause-words", "cause-of-none", "no-cause", "text", "nan", "seven", "true", "one"],
)
def test_a_bad_cause_or_confidence_is_left_out(
    fields: dict[str, Any], expected: str, project: Project
) -> None:
    project.register("a")
    lines = project.follow(lambda: project.alarm("a", message="up.", **fields))
    end = "Look closer: neural-trainer diagnose runs/a"
    assert lines == [f"neural-trainer: run a, step 412: {expected} {end}"]


def test_a_pipe_and_a_folder_in_place_of_the_file_are_survived(project: Project) -> None:
    project.register("pipe")
    project.register("folder")
    project.register("null", "/nowhere/\0")
    project.register("a")
    project.alerts("folder").mkdir(parents=True)
    project.alerts("pipe").parent.mkdir(parents=True)
    os.mkfifo(project.alerts("pipe"))
    assert project.follow(lambda: project.alarm("a")) == [RAISED]


def test_a_line_without_end_costs_no_memory_and_hides_nothing(project: Project) -> None:
    project.register("a")
    junk = b"x" * (MAX_READ_BYTES + 10)
    idle = [lambda: None] * 4
    lines = project.follow(
        lambda: project.write("a", junk),
        *idle,
        lambda: project.write("a", junk + b"\n" + alarm_line().encode()),
        *idle,
    )
    assert lines == [RAISED]


def test_a_restart_after_the_file_was_replaced(project: Project) -> None:
    project.register("a")
    project.follow(lambda: project.alarm("a"))
    project.alerts("a").unlink()
    project.write("other", alarm_line(id="loss-spike", message="spike"))
    project.alerts("other").rename(project.alerts("a"))
    (line,) = project.follow()
    assert line.startswith("neural-trainer: run a, step 412: spike")


ROTTEN = {
    "garbage": b"{",
    "deep": b"[" * 100_000,
    "list": b"[]",
    "other-schema": b'{"schema": 99, "runs": {}}',
    "runs-of-words": b'{"schema": 1, "runs": {"a": "b", "c": {"started": "x"}, "d": 1e999}}',
    "large": b" " * (1 << 21),
}


@pytest.mark.parametrize("rotten", ROTTEN.values(), ids=ROTTEN)
def test_a_rotten_memory_is_survived(rotten: bytes, project: Project) -> None:
    project.register("a")
    project.alarm("a", id="loss-spike")
    (project.folder / ".neural-trainer" / "relayed.json").write_bytes(rotten)
    lines = project.follow(lambda: project.alarm("a"))
    assert lines[-1] == RAISED


def test_a_folder_without_runs_is_left_as_it_is(project: Project) -> None:
    project.follow(lambda: None)
    assert list(project.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_survived(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("neural_trainer.live.told.write_json", refuse)
    project.register("a")
    assert project.follow(lambda: project.alarm("a")) == [RAISED]
