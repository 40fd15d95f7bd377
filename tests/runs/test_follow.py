"""Following: what is read piece by piece is what is read at once, whatever happens to the file."""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs import follow
from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.read import read, read_all
from neural_trainer.runs.run import Run
from neural_trainer.runs.tfrecord import masked

NUM_STEPS = 90


def record(step: int, tag: bytes, value: float) -> bytes:
    scalar = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(scalar)]) + scalar
    payload = b"\x09" + struct.pack("<d", 1e9 + step) + b"\x10" + bytes([step, 42, len(summary)])
    payload += summary
    length = struct.pack("<Q", len(payload))
    crcs = [struct.pack("<I", masked(crc32c(part))) for part in (length, payload)]
    return length + crcs[0] + payload + crcs[1]


def events(first: int, stop: int) -> bytes:
    return b"".join(record(i, b"loss", 1 / i) + record(i, b"lr", 0.1) for i in range(first, stop))


def json_lines(first: int, stop: int) -> bytes:
    rows = [{"step": i, "loss": 1 / i, "lr": 0.1} for i in range(first, stop)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def table(first: int, stop: int) -> bytes:
    header = "step,loss,lr\n" if first == 1 else ""
    return (header + "".join(f"{i},{1 / i!r},0.1\n" for i in range(first, stop))).encode()


def text(first: int, stop: int) -> bytes:
    return "".join(f"step {i} | loss {1 / i:.4f} | lr 0.1\n" for i in range(first, stop)).encode()


FORMATS = {
    "events": (events, "events.out.tfevents.1.host"),
    "json-lines": (json_lines, "metrics.jsonl"),
    "table": (table, "metrics.csv"),
    "text": (text, "train.log"),
}


@pytest.fixture
def from_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are judged anew at each poll: these are to be read on from where they were."""
    monkeypatch.setattr("neural_trainer.runs.follow._HEAD", 0)


def assert_same(runs: list[Run], path: Path) -> None:
    expected = read_all(path)
    assert [run.name for run in runs] == [run.name for run in expected]
    for one, other in zip(runs, expected, strict=True):
        assert list(one.signals) == list(other.signals)
        assert (one.notes, one.events, one.config) == (other.notes, other.events, other.config)
        for name, series in one.signals.items():
            np.testing.assert_array_equal(series.step, other.signals[name].step)
            np.testing.assert_array_equal(series.value, other.signals[name].value)
            np.testing.assert_array_equal(series.time, other.signals[name].time)


def changes(path: Path) -> Iterator[int]:
    """Yield times that differ: a write may fall into the same tick of the file system's clock."""
    at = path.stat().st_mtime_ns
    while True:
        at += 1_000_000
        yield at


@pytest.mark.parametrize(("write", "name"), FORMATS.values(), ids=FORMATS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.floats(0.5, 1), max_size=6), damage=st.floats(0, 1))
def test_any_pieces(
    write: object, name: str, cuts: list[float], damage: float, tmp_path: Path,
    from_the_first_byte: None,
) -> None:  # fmt: skip
    assert callable(write)
    data = bytearray(write(1, NUM_STEPS))
    if damage < 0.5 and name != "metrics.csv":
        data[int(damage * 2 * len(data))] ^= 0x11
    path = tmp_path / name
    path.unlink(missing_ok=True)
    follower = Follower(path)
    path.touch()
    times = changes(path)
    for end in sorted(int(cut * len(data)) for cut in [*cuts, 1.0]):
        with path.open("ab") as file:
            file.write(data[path.stat().st_size : end])
        at = next(times)
        os.utime(path, ns=(at, at))
        try:
            read_all(path)
        except ReadError as error:  # the damage hit what tells the format
            with pytest.raises(ReadError, match=re.escape(str(error))):
                follower.poll()
        else:
            assert_same(follower.poll(), path)


@pytest.mark.parametrize(("write", "name"), FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("change", ["cut", "rotated", "replaced", "rewritten"])
def test_another_file(
    write: object, name: str, change: str, tmp_path: Path, from_the_first_byte: None
) -> None:
    assert callable(write)
    path = tmp_path / name
    path.write_bytes(write(1, 60))
    follower = Follower(path)
    assert_same(follower.poll(), path)
    if change == "cut":
        os.truncate(path, len(write(1, 40)))
    elif change == "rotated":
        path.rename(tmp_path / "old")
        path.write_bytes(write(1, 80))
    elif change == "replaced":
        other = tmp_path / "other"
        other.write_bytes(write(1, 30))
        os.replace(other, path)
    else:  # in place, and longer than it was: only the bytes tell
        data = write(1, 60).replace(b"0.1", b"0.2") if name != FORMATS["events"][1] else b""
        path.write_bytes(data + write(60, 70) if data else events(1, 58) + events(57, 80))
    assert_same(follower.poll(), path)


def test_a_file_that_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    follower = Follower(path)
    with pytest.raises(ReadError, match="no such file"):
        follower.poll()
    path.write_bytes(json_lines(1, 10))
    assert_same(follower.poll(), path)
    path.unlink()
    with pytest.raises(ReadError, match="no such file"):
        follower.poll()
    path.write_bytes(json_lines(1, 5))
    assert_same(follower.poll(), path)


def test_a_torn_number_of_a_table_waits_for_its_rest(
    tmp_path: Path, from_the_first_byte: None
) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(table(1, 50))
    follower = Follower(path)
    follower.poll()
    with path.open("ab") as file:
        file.write(b"50,0.02,0.1")
    (run,) = follower.poll()
    assert run.last_step == 50
    assert run.signals["lr"].step[-1] == 49
    assert_same(follower.poll(), path)
    with path.open("ab") as file:
        file.write(b"5\n51,0.5,0.2")
    (run,) = follower.poll()
    assert (run.last_step, run.signals["lr"].value[-1]) == (51, 0.15)
    assert_same(follower.poll(), path)


@pytest.mark.parametrize("name", ["json-lines", "table"])
def test_new_bytes_only(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.follow._HEAD", 0)
    starts: list[int] = []
    blocks = follow.blocks

    def spy(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
        starts.append(start)
        return blocks(path, start)

    monkeypatch.setattr("neural_trainer.runs.follow.blocks", spy)
    write, file = FORMATS[name]
    path = tmp_path / file
    path.write_bytes(write(1, 50))
    follower = Follower(path)
    follower.poll()
    follower.poll()
    size = path.stat().st_size
    with path.open("ab") as opened:
        opened.write(write(50, 60))
    assert_same(follower.poll(), path)
    assert starts == [0, size]


def test_new_records_only(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(events(1, 50))
    follower = Follower(path)
    follower.poll()
    ((file, _),) = follower._events.values()
    assert file.records.end == path.stat().st_size
    with path.open("ab") as opened:
        opened.write(events(50, 60))
    assert_same(follower.poll(), path)
    assert [kept for kept, _ in follower._events.values()] == [file]


def test_a_run_does_not_change_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(events(1, 50))
    follower = Follower(path)
    (before,) = follower.poll()
    values = before.signals["loss"].value.copy()
    with path.open("ab") as opened:
        opened.write(events(50, 90))
    follower.poll()
    np.testing.assert_array_equal(before.signals["loss"].value, values)


def test_a_folder(tmp_path: Path) -> None:
    for name, (write, file) in FORMATS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_bytes(write(1, 20))
    follower = Follower(tmp_path)
    assert_same(follower.poll(), tmp_path)
    for name, (write, file) in FORMATS.items():
        with (tmp_path / name / file).open("ab") as opened:
            opened.write(write(20, 40))
    assert_same(follower.poll(), tmp_path)
    (tmp_path / "events" / FORMATS["events"][1]).unlink()
    assert_same(follower.poll(), tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "events.out.tfevents.2").write_bytes(events(1, 9))
    assert_same(follower.poll(), tmp_path)


def test_a_run_folder(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"config": {"lr": 0.1}}')
    (tmp_path / "metrics.jsonl").write_bytes(json_lines(1, 20))
    follower = Follower(tmp_path)
    follower.poll()
    with (tmp_path / "metrics.jsonl").open("ab") as opened:
        opened.write(json_lines(20, 30))
    (run,) = follower.poll()
    assert run.last_step == read(tmp_path).last_step == 29
    assert run.config == {"lr": 0.1}
