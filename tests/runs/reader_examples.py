"""A small log for each reader, made from rows: what the contract of all readers is tried on."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.tfrecord import masked

START = 1.6e9  # seconds: the clock of the first row
Value = float | str  # a string stands in the log as it is
Rows = Sequence[tuple[int, Mapping[str, Value]]]


@dataclass(frozen=True)
class Example:
    """How a log of one reader is written.

    write: the file of some rows. file: its customary name. names: what its two metrics are called
    in the log; the first is the loss. text: whether the file is one. spells: how it has numbers,
    "JSON", "text", or "" where they are bytes. sparse: whether a row may lack a metric. rtol: what
    the format leaves of a value. alone: whether one row is enough to know the format.
    """

    reader: str
    write: Callable[[Rows], bytes]
    file: str
    names: tuple[str, ...] = ("loss", "my_score")
    spells: str = ""
    sparse: bool = True
    rtol: float = 0.0
    alone: bool = True


def _spelled(value: Value) -> str:
    return value if isinstance(value, str) else repr(value)


def _json(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _object(row: Mapping[str, Value]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {_json(value)}" for key, value in row.items()) + "}"


def _columns(rows: Rows) -> dict[str, list[tuple[int, Value]]]:
    """Return the steps and values of each name."""
    names = dict.fromkeys(name for _, row in rows for name in row)
    return {name: [(step, row[name]) for step, row in rows if name in row] for name in names}


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protobuf message that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    crcs = [struct.pack("<I", masked(crc32c(part))) for part in (length, payload)]
    return length + crcs[0] + payload + crcs[1]


def events(rows: Rows) -> bytes:
    """Return an event file."""
    records = [b"\x09" + struct.pack("<d", 1e9) + _field(3, b"brain.Event:2")]
    for i, (step, row) in enumerate(rows):
        for name, value in row.items():
            scalar = _field(1, name.encode()) + b"\x15" + struct.pack("<f", float(value))
            clock = b"\x09" + struct.pack("<d", START + i)
            records.append(clock + b"\x10" + _varint(step) + _field(5, _field(1, scalar)))
    return b"".join(map(_record, records))


def tensors(rows: Rows) -> bytes:
    """Return an event file whose scalars are tensors, as TensorFlow 2 writes them."""
    records = []
    for i, (step, row) in enumerate(rows):
        for name, value in row.items():
            tensor = b"\x08\x01" + _field(4, struct.pack("<f", float(value)))
            about = _field(1, _field(1, b"scalars"))
            scalar = _field(1, name.encode()) + _field(8, tensor) + _field(9, about)
            clock = b"\x09" + struct.pack("<d", START + i)
            records.append(clock + b"\x10" + _varint(step) + _field(5, _field(1, scalar)))
    return b"".join(map(_record, records))


def wandb_log(rows: Rows) -> bytes:
    """Return a .wandb file, each record a fragment of its own."""
    log = b":W&B\xe1\xbe\0"
    for step, row in rows:
        items = [
            _field(1, _field(2, key.encode()) + _field(16, _json(value).encode()))
            for key, value in {"_step": step, **row}.items()
        ]
        record = b"\x08\x01" + _field(2, b"".join(items))
        log += struct.pack("<IHB", zlib.crc32(b"\x01" + record), len(record), 1) + record
    return log


def mlflow_database(rows: Rows) -> bytes:
    """Return MLflow's database with one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mlflow.db"
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA page_size = 512")
            database.execute("CREATE TABLE runs (run_uuid, name)")
            database.execute("CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan)")
            database.execute("INSERT INTO runs VALUES ('0a', 'first')")
            database.executemany(
                "INSERT INTO metrics VALUES ('0a', ?, ?, ?, ?, ?)",
                [
                    (name, 0 if value != value else value, 1000 * i, step, value != value)
                    for i, (step, row) in enumerate(rows)
                    for name, value in row.items()
                ],
            )
            database.commit()
        return path.read_bytes()


def archive(rows: Rows) -> bytes:
    """Return a numpy archive with an array a column."""
    file = io.BytesIO()
    steps = np.array([step for step, _ in rows], np.int64)
    columns = {name: [float(y) for _, y in column] for name, column in _columns(rows).items()}
    np.savez(file, step=steps, **columns)
    return file.getvalue()


def mlflow_metric(rows: Rows) -> bytes:
    """Return MLflow's file of one metric."""
    return "".join(
        f"{1000 * START + 1000 * i:.0f} {_spelled(row['loss'])} {step}\n"
        for i, (step, row) in enumerate(rows)
    ).encode()


def sacred(rows: Rows) -> bytes:
    """Return Sacred's metrics.json."""
    each = []
    for name, column in _columns(rows).items():
        steps, values = [step for step, _ in column], ", ".join(_json(y) for _, y in column)
        each.append(f'"{name}": {{"steps": {steps}, "timestamps": [], "values": [{values}]}}')
    return ("{" + ",\n".join(each) + "}").encode()


def json_objects(rows: Rows) -> bytes:
    """Return a list of objects over many lines, as Chainer writes it."""
    each = [
        "    {\n"
        + ",\n".join(
            f'        "{name}": {_json(y)}' for name, y in {"iteration": step, **row}.items()
        )
        + "\n    }"
        for step, row in rows
    ]
    return ("[\n" + ",\n".join(each) + "\n]").encode()


def json_lists(rows: Rows) -> bytes:
    """Return an object of lists."""
    each = [f'"step": {[step for step, _ in rows]}']
    for name, column in _columns(rows).items():
        each.append(f'"{name}": [{", ".join(_json(y) for _, y in column)}]')
    return ("{\n" + ",\n".join(each) + "\n}").encode()


def text_log(rows: Rows) -> bytes:
    """Return lines of names and numbers."""
    return "".join(
        f"step {step}" + "".join(f" | {name}: {_spelled(y)}" for name, y in row.items()) + "\n"
        for step, row in rows
    ).encode()


def keras_progress(rows: Rows) -> bytes:
    """Return what Keras prints with two lines an epoch."""
    return "".join(
        f"Epoch {step}/999\n9/9 [====] - 1s"
        + "".join(f" - {name}: {_spelled(y)}" for name, y in row.items())
        + "\n"
        for step, row in rows
    ).encode()


def console_table(rows: Rows) -> bytes:
    """Return a table of two columns a row."""
    return "".join(
        "-----\n"
        + "".join(f"| {name} | {_spelled(y)} |\n" for name, y in row.items())
        + f"| total_timesteps | {step} |\n-----\n"
        for step, row in rows
    ).encode()


def boosting_rounds(rows: Rows) -> bytes:
    """Return rounds as XGBoost prints them."""
    return "".join(
        f"[{step}]" + "".join(f"\t{name}:{_spelled(y)}" for name, y in row.items()) + "\n"
        for step, row in rows
    ).encode()


def mlperf(rows: Rows) -> bytes:
    """Return lines of MLPerf's logger."""
    lines = [
        f':::MLLOG {{"key": "{name}", "value": {_json(y)}, "time_ms": {1000 * START + i:.0f}, '
        f'"metadata": {{"step_num": {step}}}}}\n'
        for i, (step, row) in enumerate(rows)
        for name, y in row.items()
    ]
    return "".join(lines).encode()


def notebook(rows: Rows) -> bytes:
    """Return a notebook with a cell that printed a text log."""
    lines = text_log(rows).decode().splitlines(keepends=True)
    stream = {"output_type": "stream", "name": "stdout", "text": lines}
    cell = {"cell_type": "code", "source": ["train()"], "outputs": [stream]}
    return json.dumps({"cells": [cell], "nbformat": 4}, indent=1).encode()


def trainer_state(rows: Rows) -> bytes:
    """Return the state of a Hugging Face Trainer."""
    history = ",\n".join(_object({"step": step, **row}) for step, row in rows)
    return f'{{"epoch": 1, "log_history": [\n{history}\n], "max_steps": 9}}'.encode()


def json_lines(rows: Rows) -> bytes:
    """Return an object a line."""
    return "".join(_object({"step": step, **row}) + "\n" for step, row in rows).encode()


def table(rows: Rows, delimiter: str = ",", width: int = 0) -> bytes:
    """Return a table whose cells are `width` wide."""
    names = list(_columns(rows)) or ["loss", "my_score"]
    lines = [["step", *names]]
    for step, row in rows:
        lines.append([str(step), *(_spelled(row.get(name, "")) for name in names)])
    cells = (delimiter.join(cell.rjust(width) for cell in line) for line in lines)
    return ("\n".join(cells) + "\n").encode()


def tab_table(rows: Rows) -> bytes:
    """Return a table with tabs."""
    return table(rows, "\t")


def padded_table(rows: Rows) -> bytes:
    """Return a table as Ultralytics writes it: header and cells padded with blanks."""
    return table(rows, ",", 23)


EXAMPLES = {
    "events": Example("tensorboard", events, "events.out.tfevents.1.host", rtol=1e-7),
    "events-of-tensors": Example("tensorboard", tensors, "events.out.tfevents.1.v2", rtol=1e-7),
    "wandb": Example("wandb-file", wandb_log, "run-1.wandb"),
    "mlflow-database": Example("mlflow-database", mlflow_database, "mlflow.db"),
    "npz": Example("numpy-archive", archive, "evaluations.npz", sparse=False),
    "mlflow-metric": Example("mlflow-metrics", mlflow_metric, "loss", ("loss",), "text"),
    "sacred": Example("sacred", sacred, "metrics.json", spells="JSON"),
    "lists": Example("json-document", json_lists, "history.json", spells="JSON", sparse=False),
    "list-of-objects": Example("json-document", json_objects, "log", spells="JSON"),
    "text": Example("text-log", text_log, "train.log", spells="text"),
    "keras": Example("keras-progress", keras_progress, "stdout.log", spells="text"),
    "console-table": Example(
        "console-table", console_table, "stdout.log", spells="text", alone=False
    ),
    "boosting": Example(
        "boosting-rounds", boosting_rounds, "stdout.log", ("train-rmse", "eval-my_score"), "text"
    ),
    "mlperf": Example("mlperf", mlperf, "mlperf.log", spells="JSON"),
    "notebook": Example("notebook", notebook, "train.ipynb", spells="text"),
    "trainer-state": Example("trainer-state", trainer_state, "trainer_state.json", spells="JSON"),
    "json-lines": Example("json-lines", json_lines, "metrics.jsonl", spells="JSON"),
    "csv": Example("delimited-table", table, "metrics.csv", spells="text"),
    "tsv": Example("delimited-table", tab_table, "loss.tsv", spells="text"),
    "padded-csv": Example("delimited-table", padded_table, "results.csv", spells="text"),
}

STEPS = (8, 9, 10, 99, 100, 101, 1_000_000)
LOSS = [1 / (step + 2) for step in STEPS]


def rows(example: Example, steps: Sequence[int], *columns: Sequence[Value]) -> Rows:
    """Return rows of the example's metrics, as many as it has."""
    names = example.names[: len(columns)]
    cells = zip(*columns[: len(names)], strict=True)
    return [
        (step, dict(zip(names, row, strict=True))) for step, row in zip(steps, cells, strict=True)
    ]


def log(example: Example, num: int = len(STEPS)) -> bytes:
    """Return a log whose steps and values tell when a digit is lost."""
    scores = [-1.5e-5 * (i + 3) / 7 for i in range(len(STEPS))]
    return example.write(rows(example, STEPS, LOSS, scores)[:num])
