"""What holds for every reader: its module, what it recognises, damage of any kind."""

from __future__ import annotations

import io
import json
import math
import re
import sqlite3
import struct
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import READERS, Reader
from neural_trainer.runs.tfrecord import masked

NUM_POINTS = 12


def _event(step: int) -> bytes:
    value = b"\x0a\x04loss\x15" + struct.pack("<f", 1 / step)
    summary = b"\x0a" + bytes([len(value)]) + value
    return b"\x09" + struct.pack("<d", 1e9 + step) + bytes([16, step, 42, len(summary)]) + summary


def _record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    crcs = [struct.pack("<I", masked(crc32c(part))) for part in (length, payload)]
    return length + crcs[0] + payload + crcs[1]


STEPS = range(1, NUM_POINTS + 1)
ROWS = [{"step": step, "loss": 1 / step} for step in STEPS]


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protobuf message, its length in two bytes."""
    key = bytes([number << 3 | 2]) if number < 16 else bytes([number << 3 & 127 | 130, number >> 4])
    return key + bytes([len(content) & 127 | 128, len(content) >> 7]) + content


def _wandb() -> bytes:
    log = b":W&B\xe1\xbe\0"
    for step in STEPS:
        row = {"_step": step, "loss": 1 / step}
        items = [_field(2, k.encode()) + _field(16, repr(x).encode()) for k, x in row.items()]
        record = b"\x08\x01" + _field(2, b"".join(_field(1, item) for item in items))
        crc = zlib.crc32(b"\x01" + record)
        log += struct.pack("<IHB", crc, len(record), 1) + record
    return log


def _mlflow_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mlflow.db"
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA page_size = 512")
            database.execute("CREATE TABLE runs (run_uuid, name)")
            database.execute("CREATE TABLE metrics (run_uuid, key, value, timestamp, step)")
            database.execute("INSERT INTO runs VALUES ('0a', 'first')")
            rows = [("0a", "loss", 1 / step, 1000 * step, step) for step in STEPS]
            database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", rows)
            database.commit()
        return path.read_bytes()


def _archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, step=np.array(STEPS), loss=1 / np.array(STEPS))
    return file.getvalue()


VALUES = [1 / step for step in STEPS]
SACRED = {"loss": {"steps": list(STEPS), "timestamps": [], "values": VALUES}}
PRINTED = {
    "cell_type": "code",
    "outputs": [{"output_type": "stream", "text": [f"step {s} | loss {1 / s!r}\n" for s in STEPS]}],
}
EXAMPLES: dict[str, bytes] = {
    "wandb-file": _wandb(),
    "mlflow-database": _mlflow_database(),
    "numpy-archive": _archive(),
    "mlflow-metrics": "".join(f"{1600000000000 + s} {1 / s!r} {s}\n" for s in STEPS).encode(),
    "sacred": json.dumps(SACRED, indent=2).encode(),
    "json-document": json.dumps({"step": list(STEPS), "loss": VALUES}, indent=1).encode(),
    "text-log": "".join(f"step {s} | loss {1 / s!r}\n" for s in STEPS).encode(),
    "keras-progress": "".join(
        f"Epoch {s}/12\n9/9 [====] - 1s - loss: {1 / s!r}\n" for s in STEPS
    ).encode(),
    "console-table": "".join(
        f"----\n| loss | {1 / s!r} |\n| total_timesteps | {s} |\n----\n" for s in STEPS
    ).encode(),
    "boosting-rounds": "".join(f"[{s}]\ttrain-rmse:{1 / s!r}\n" for s in STEPS).encode(),
    "mlperf": "".join(
        f':::MLLOG {{"key": "train_loss", "value": {1 / s!r}, "metadata": {{"step_num": {s}}}}}\n'
        for s in STEPS
    ).encode(),
    "tensorboard": b"".join(_record(_event(step)) for step in STEPS),
    "notebook": json.dumps({"cells": [PRINTED], "nbformat": 4}, indent=1).encode(),
    "trainer-state": json.dumps({"log_history": ROWS}, indent=2).encode(),
    "json-lines": "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
    "delimited-table": ("step,loss\n" + "".join(f"{s},{1 / s!r}\n" for s in STEPS)).encode(),
}


def test_registry_is_not_empty() -> None:
    assert READERS
    assert len({reader.NAME for reader in READERS}) == len(READERS)


def test_every_reader_has_an_example() -> None:
    assert {reader.NAME for reader in READERS} == set(EXAMPLES)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.NAME)
def test_reader(reader: Reader, tmp_path: Path) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reader.NAME)
    assert reader.__doc__ is not None
    assert len(reader.__doc__.splitlines()) >= 3
    # A file of MLflow's is named for its metric.
    path = tmp_path / ("loss" if reader.NAME == "mlflow-metrics" else "named-for-nothing")
    path.write_bytes(EXAMPLES[reader.NAME])
    (run,) = read_all(path)
    assert run.format == reader.NAME
    assert run.source == str(path)
    assert set(run.logged_as) == set(run.signals) == {"loss"}
    assert run.signals["loss"].step.tolist() == list(STEPS)
    np.testing.assert_allclose(run.signals["loss"].value, [1 / s for s in STEPS], rtol=1e-7)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.NAME)
def test_only_its_own_is_recognised(reader: Reader, tmp_path: Path) -> None:
    sniffed = {name for name, data in EXAMPLES.items() if reader.sniff(data, tmp_path / "file")}
    assert sniffed == {reader.NAME}


def _is_one_line(message: str) -> None:
    assert "\n" not in message


def _is_sound(path: Path) -> None:
    """Read `path`: what comes is runs that keep their promises, or a ReadError of one line."""
    try:
        runs = read_all(path)
    except ReadError as error:
        _is_one_line(str(error))
        return
    assert runs
    for run in runs:
        assert run.signals
        for series in run.signals.values():
            assert len(series) == len(series.value) > 0
            assert (np.diff(series.step) > 0).all()
            assert math.isfinite(series.step[-1])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_truncation(name: str, tmp_path: Path) -> None:
    data, path = EXAMPLES[name], tmp_path / "log"
    for size in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:size])
        _is_sound(path)


@pytest.mark.parametrize("name", EXAMPLES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6
    )
)
def test_flipped_bytes(name: str, flips: list[tuple[float, int]], tmp_path: Path) -> None:
    data, path = bytearray(EXAMPLES[name]), tmp_path / "log"
    for at, mask in flips:
        data[int(at * len(data))] ^= mask
    path.write_bytes(data)
    _is_sound(path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".tfevents.1", ".npz", ""])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text('0123456789.,;\t\n -einfa{}[]:"#/', max_size=200).map(str.encode),
    )
)
def test_any_bytes(suffix: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"log{suffix}"
    path.write_bytes(data)
    _is_sound(path)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(st.one_of(st.none(), st.integers(-3, 30), st.floats()), max_size=25),
    more=st.dictionaries(
        st.sampled_from(["epoch", "time", "val_loss", "mode", "iter", "data_time"]),
        st.one_of(st.floats(), st.text(max_size=3), st.none(), st.booleans()),
        max_size=4,
    ),
)
def test_any_steps(steps: list[float | None], more: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [{"step": step, "loss": i, **more} for i, step in enumerate(steps)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _is_sound(path)
