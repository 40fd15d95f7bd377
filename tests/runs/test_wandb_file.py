"""W&B's files: what wandb itself wrote, rows of any shape, blocks, damage, and folders of runs."""

from __future__ import annotations

import json
import random
import re
import shutil
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs import wandb_log
from neural_trainer.runs.read import read, read_all

OFFLINE = Path(__file__).parent / "fixtures" / "offline.wandb"  # by wandb 0.29: make_trackers.py
BLOCK = 32768


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def item(key: str, value: object, nested: bool = True) -> bytes:
    path = (
        [field(2, part.encode()) for part in key.split("/")] if nested else [field(1, key.encode())]
    )
    return field(1, b"".join(path) + field(16, json.dumps(value).encode()))


def row(values: Mapping[str, object], nested: bool = False) -> bytes:
    return record(2, b"".join(item(key, value, nested) for key, value in values.items()))


def record(kind: int, message: bytes, number: int = 300, before: bytes = b"") -> bytes:
    return b"\x08" + varint(number) + before + field(kind, message)


def fragment(kind: int, data: bytes) -> bytes:
    return struct.pack("<IHB", zlib.crc32(bytes([kind]) + data), len(data), kind) + data


def log(records: Iterable[bytes]) -> bytes:
    """Return a W&B file of `records`, divided where a block ends."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for data in records:
        first = True
        while True:
            left = BLOCK - len(out) % BLOCK
            if left < 7:
                out += bytes(left)
                left = BLOCK
            part, data = data[: left - 7], data[left - 7 :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}
            out += fragment(kind[first, not data], part)
            first = False
            if not data:
                break
    return bytes(out)


def written(folder: Path, records: Iterable[bytes]) -> Path:
    path = folder / "run-a.wandb"
    path.write_bytes(log(records))
    return path


def test_what_wandb_wrote() -> None:
    run = read(OFFLINE)
    steps = np.arange(10, 401, 10)
    assert run.config == {"lr": 0.001, "model": {"depth": 3}, "tags": ["a", "b"]}
    assert (run.axis, run.format) == ("step", "wandb-file")
    loss = run.signals["loss"]
    assert loss.step.tolist() == steps.tolist()
    np.testing.assert_array_equal(np.delete(loss.value, 6), np.delete(10 / steps, 6))
    assert np.isnan(loss.value[6])
    assert run.signals["grad_norm"].value[7] == np.inf
    assert run.signals["eval/loss"].step.tolist() == [100, 200, 300, 400]
    assert run.signals["parts/b/c"].value.tolist() == [-10, -20, -30, -40]
    assert run.logged_as["loss"] == "train/loss"
    assert not {"note", "weights", "word"} & run.signals.keys()
    assert loss.time is not None
    assert loss.time[0] > 1.7e9


TEXTS = st.text(max_size=200).filter(lambda text: not re.search("nan|inf", text, re.IGNORECASE))
VALUES = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), TEXTS, st.booleans(), st.none(),
    st.dictionaries(st.sampled_from(["x", "y"]), st.floats(), max_size=2),
    st.lists(st.integers(), max_size=3),
)  # fmt: skip
KEYS = st.sampled_from(
    ["loss", "train/loss", "a" * 200, "b", "c" * 9, "d" * 17, "é", "e" * 8, "f" * 16]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.dictionaries(KEYS, VALUES, max_size=6), min_size=1, max_size=30),
    shuffle=st.randoms(use_true_random=False),
)
def test_rows_of_any_shape(
    rows: list[dict[str, Any]], shuffle: random.Random, tmp_path: Path
) -> None:
    rows = [{"_step": i, "kept": i / 8, **one} for i, one in enumerate(rows)]
    expected: dict[str, dict[int, float]] = {}
    for i, one in enumerate(rows):
        for key, value in one.items():
            values = (
                {f"{key}/{k}": x for k, x in value.items()}
                if isinstance(value, dict)
                else {key: value}
            )
            for name, x in values.items():
                if isinstance(x, (int, float)) and not isinstance(x, bool):
                    expected.setdefault(name, {})[i] = float(x)
    messy = []
    for one in rows:
        keys = list(one)
        shuffle.shuffle(keys)
        messy.append(row({key: one[key] for key in keys}, nested=shuffle.random() < 0.5))
    run = read(written(tmp_path, messy))
    found = {
        run.logged_as[k]: dict(zip(s.step, s.value, strict=True)) for k, s in run.signals.items()
    }
    expected.pop("_step")
    assert found.keys() == expected.keys()
    for name, points in expected.items():
        np.testing.assert_equal(found[name], points)


def test_records_of_other_kinds_and_orders(tmp_path: Path) -> None:
    control = field(16, b"\x1a\x02ab")
    update = field(1, item("lr", 0.5)[2:])
    records = [
        record(17, field(1, b"id") + field(4, update), before=control),
        record(2, item("loss", 2.0) + item("_step", 0), number=1 << 40),
        record(2, item("loss", 1.0) + item("_step", 1), before=control),
        field(2, item("loss", 0.5) + item("_step", 2)),
        record(3, item("loss", 9.0)),
        record(99, b"of a later version"),
        b"\xff\xff",
        record(5, field(1, item("momentum", 0.9)[2:])),
    ]
    run = read(written(tmp_path, records))
    assert run.signals["loss"].value.tolist() == [2.0, 1.0, 0.5]
    assert run.config == {"lr": 0.5, "momentum": 0.9}


def test_step_that_define_metric_names(tmp_path: Path) -> None:
    metric = record(12, field(2, b"*") + field(4, b"frames"))
    rows = [row({"loss": 1.0, "frames": 100 * i, "_step": i}) for i in range(5)]
    run = read(written(tmp_path, [metric, *rows]))
    assert run.signals["loss"].step.tolist() == [0, 100, 200, 300, 400]


def test_optimizer_starts_again(tmp_path: Path) -> None:
    rows = [
        row({"_step": i, "train/global_step": 10 * (i % 6), "train/loss": float(i)})
        for i in range(12)
    ]
    assert len(read_all(written(tmp_path, rows))) == 2


def rows_of(num: int) -> list[bytes]:
    return [row({"_step": i, "loss": i / 2, "pad": "x" * (i % 700)}) for i in range(num)]


@pytest.mark.parametrize("num", [60, 300], ids=["one-block", "many-blocks"])
def test_unflushed_block(tmp_path: Path, num: int) -> None:
    path = written(tmp_path, rows_of(num))
    whole = path.read_bytes()
    for cut in range(1, 900, 23):
        path.write_bytes(whole[:-cut])
        run = read(path)
        kept = run.signals["loss"].value
        assert kept.tolist() == [i / 2 for i in range(len(kept))]
        assert num - len(kept) <= 1 + cut / 30
        assert not run.notes or "ends within a record" in run.notes[0]


def test_damage_costs_its_block_alone(tmp_path: Path) -> None:
    path = written(tmp_path, rows_of(2000))
    data = bytearray(path.read_bytes())
    data[5 * BLOCK + 1000] ^= 1
    path.write_bytes(data)
    run = read(path)
    assert 1800 < len(run.signals["loss"]) < 2000
    assert run.signals["loss"].value[-1] == 999.5
    assert "1 blocks are damaged" in run.notes[0]


def test_zeros_of_a_crash(tmp_path: Path) -> None:
    path = written(tmp_path, rows_of(20))
    path.write_bytes(path.read_bytes() + bytes(100_000))
    assert len(read(path).signals["loss"]) == 20


def test_lengths_that_lie(tmp_path: Path) -> None:
    path = tmp_path / "run-a.wandb"
    good = row({"_step": 1, "loss": 0.5})
    lies = [
        b"\x08\x01\x12\xff\xff\xff\xff\x0f" + item("loss", 1.0),
        b"\x08\x01\x12\x09\x0a\xff\x7f\x12\x7f" + b"loss",
        b"\x08\x01\x12\x06\x0a\x04\x12\x7flo",
        b"\x08" + b"\xff" * 30,
        b"\x08\x01\x12",
        b"\x08",
        b"",
        record(2, b"\x0a\x05\x12\x03abc"),
    ]
    path.write_bytes(log([*lies, good, *lies]))
    assert read(path).signals["loss"].value.tolist() == [0.5]


def test_record_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb_log, "_LARGEST", 50_000)
    long = row({"loss": 9.0, "x": "x" * 200_000})
    run = read(written(tmp_path, [row({"loss": 1.0}), long, row({"loss": 2.0})]))
    assert run.signals["loss"].value.tolist() == [1.0, 2.0]
    assert "too long" in run.notes[0]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=5)
)
def test_flipped_bytes_with_right_checksums(flips: list[tuple[float, int]], tmp_path: Path) -> None:
    message = bytearray(row({"_step": 2, "loss": 0.5, "other": {"a": 1}}))
    for at, mask in flips:
        message[int(at * len(message))] ^= mask
    good = [row({"_step": i, "kept": 1.0}) for i in range(-8, 0)]
    path = written(tmp_path, [*good, bytes(message)])
    assert any("kept" in run.signals for run in read_all(path))


REFUSED = {
    "no-history": ([record(3, b""), record(17, b"")], "without a row of history"),
    "no-number": ([row({"note": "x"})], "without a row of history"),
    "nothing": ([], "without a row of history"),
}


@pytest.mark.parametrize(("records", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, records: list[bytes], why: str) -> None:
    with pytest.raises(ReadError, match=why):
        read(written(tmp_path, records))


@pytest.mark.parametrize("latest", ["link", "copy"])
def test_folder_of_wandb(tmp_path: Path, latest: str) -> None:
    run = tmp_path / "wandb" / "offline-run-20260101_000000-fixture1"
    (run / "files").mkdir(parents=True)
    shutil.copyfile(OFFLINE, run / "run-fixture1.wandb")
    (run / "files" / "wandb-summary.json").write_text('{"loss": 0.5, "_wandb": {"runtime": 3}}')
    (run / "files" / "output.log").write_text("step,loss\n1,0.5\n2,0.4\n3,0.3\n")
    (tmp_path / "wandb" / "debug.log").symlink_to(run / "debug.log")
    if latest == "link":
        (tmp_path / "wandb" / "latest-run").symlink_to(run)
    else:
        shutil.copytree(run, tmp_path / "wandb" / "latest-run")
    found = read(tmp_path)
    assert found.name.startswith("wandb/offline-run-")
    assert any(".wandb file beside it" in note for note in found.notes)


def test_latest_run_alone(tmp_path: Path) -> None:
    (tmp_path / "latest-run").mkdir()
    shutil.copyfile(OFFLINE, tmp_path / "latest-run" / "run-fixture1.wandb")
    assert read(tmp_path).signals["loss"].value[-1] == 0.025
