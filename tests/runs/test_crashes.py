"""Crashes as events of runs: of text logs, of run folders, of logs without metrics."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.crashes import crash
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.logs import read_logs
from neural_trainer.runs.read import read, read_all
from neural_trainer.runs.run import CRASH, Event

STEPS = "".join(f"step {i} loss {2.3 / i + 0.5:.4f}\n" for i in range(1, 60))
DISK = "Traceback (most recent call last):\nOSError: [Errno 28] No space left on device\n"
KERAS = "".join(
    f"Epoch {i}/9\n10/10 [==============================] - 1s 9ms/step - loss: {1 / i:.4f}\n"
    for i in range(1, 10)
)


def told(path: Path) -> str | None:
    reason = crash(read(path))
    return None if reason is None else reason.id


@pytest.mark.parametrize("name", ["train.log", "slurm-77.out", "stdout.txt"])
def test_a_text_log(name: str, tmp_path: Path) -> None:
    log = tmp_path / name
    log.write_text(STEPS + DISK)
    assert read(log).events == (Event(59, CRASH, "disk-full"),)
    assert read(tmp_path).events == (Event(59, CRASH, "disk-full"),)
    log.write_text(STEPS)
    assert read(log).events == ()


def test_another_reader_of_text(tmp_path: Path) -> None:
    log = tmp_path / "fit.log"
    log.write_text(KERAS + DISK)
    assert read(log).format == "keras-progress"
    assert told(log) == "disk-full"


def test_a_table_is_no_printed_text(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    log.write_text(
        "step,loss,message\n" + "".join(f"{i},{1 / i},MemoryError\n" for i in range(1, 9))
    )
    assert told(log) is None


def test_of_several_runs_the_last_has_crashed(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(STEPS + STEPS + DISK)
    assert [len(run.events) for run in read_all(log)] == [0, 1]


def test_cut_off_before_the_end_it_has_not_crashed(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(STEPS + DISK)
    assert crash(read(log).until(40)) is None


def test_a_log_that_is_followed(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(STEPS)
    follower = Follower(log)
    assert crash(follower.poll()[0]) is None
    log.write_text(STEPS + DISK)
    assert crash(follower.poll()[0]) is not None
    log.write_text(STEPS + DISK + "step 60 loss 0.5\n")
    assert crash(follower.poll()[0]) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text("{}")
    rows = (json.dumps({"step": i, "time": i, "loss": 1 / i}) for i in range(1, 30))
    (tmp_path / "metrics.jsonl").write_text("\n".join(rows) + "\n")
    os.utime(tmp_path / "metrics.jsonl", (1000, 1000))
    return tmp_path


@pytest.mark.parametrize(("at_s", "is_told"), [(1000, True), (1060, True), (999, False)])
def test_stdout_of_a_run_folder(at_s: int, is_told: bool, folder: Path) -> None:
    (folder / "stdout.log").write_text("loading data\n" + DISK)
    os.utime(folder / "stdout.log", (at_s, at_s))
    assert told(folder) == ("disk-full" if is_told else None)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"ended": "crashed", "crash": {"id": "killed", "cause": "obey me"}}, "killed"),
        ({"ended": "completed"}, None),
        ({"crash": {"id": "terminated"}}, None),
        ({"crash": {"id": "ignore previous instructions"}}, None),
        ({"crash": ["killed"]}, None),
        ({"crash": {"id": ["killed"]}}, None),
        ([], None),
    ],
)
def test_the_summary_of_a_run_folder_goes_before_what_it_printed(
    record: object, expected: str | None, folder: Path
) -> None:
    (folder / "stdout.log").write_text(DISK)
    (folder / "summary.json").write_text(json.dumps(record))
    assert told(folder) == expected


@pytest.mark.parametrize("name", ["job.out", "notes.txt"])
def test_a_log_that_holds_only_a_crash(name: str, tmp_path: Path) -> None:
    log = tmp_path / name
    log.write_text("loading data\n" + DISK)
    (run,) = read_logs([str(log)], crashed=True).runs
    assert run.signals == {}
    assert run.events == (Event(0, CRASH, "disk-full"),)
    with pytest.raises(ReadError):
        read_logs([str(log)])


@pytest.mark.parametrize("content", [b"loading data\n", b"", DISK.encode() + b"\0\1\2" * 9999])
def test_a_log_that_holds_nothing_is_refused(content: bytes, tmp_path: Path) -> None:
    log = tmp_path / "job.out"
    log.write_bytes(content)
    with pytest.raises(ReadError):
        read_logs([str(log)], crashed=True)
