"""The logs that reading is measured on, written as their writers write them, from one seed."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.tfrecord import masked

TAGS = (
    "train/loss", "train/grad_norm", "train/learning_rate", "train/accuracy",
    "train/tokens_per_sec", "eval/loss", "eval/accuracy", "system/gpu_mem_gb", "system/gpu_util",
    "optim/update_ratio",
)  # fmt: skip
START = 1.7e9  # unix seconds
NUM_RUNS, TAGS_OF_EACH = 200, 5
_BLOCK = 10_000  # steps encoded together

Values = NDArray[np.float32]
Times = NDArray[np.float64]


def curves(num_steps: int, seed: int) -> tuple[Values, Times]:
    """Return the values of TAGS at each step, (num_steps, 10), and each step's wall time."""
    rng = np.random.default_rng(seed)
    t = np.arange(num_steps)
    loss = 3.5 * np.exp(-6 * t / num_steps) + 1.6 + 0.15 * rng.standard_normal(num_steps)
    columns = (
        loss,
        np.exp(0.3 * rng.standard_normal(num_steps)),
        3e-4 * np.minimum(1, (t + 1) / 2000) * (0.5 + 0.5 * np.cos(np.pi * t / num_steps)),
        1 - np.exp(-4 * t / num_steps) + 0.01 * rng.standard_normal(num_steps),
        9000 + 300 * rng.standard_normal(num_steps),
        loss + 0.1,
        0.7 + 0.05 * rng.standard_normal(num_steps),
        30 + rng.random(num_steps),
        95 + 4 * rng.random(num_steps),
        np.exp(-6.9 + 0.2 * rng.standard_normal(num_steps)),
    )
    times = START + np.cumsum(0.2 + 0.01 * rng.random(num_steps))
    return np.stack(columns, axis=1).astype(np.float32), times


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return (
        length
        + struct.pack("<I", masked(crc32c(length)))
        + payload
        + struct.pack("<I", masked(crc32c(payload)))
    )


def event(step: int, tag: str, value: float, time: float) -> bytes:
    """Return the record that add_scalar of torch's SummaryWriter writes."""
    name = tag.encode()
    scalar = b"\x0a" + _varint(len(name)) + name + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + _varint(len(scalar)) + scalar
    counted = b"\x10" + _varint(step) if step else b""
    return _record(
        b"\x09" + struct.pack("<d", time) + counted + b"\x2a" + _varint(len(summary)) + summary
    )


def first_event(time: float) -> bytes:
    """Return the record that opens an event file."""
    return _record(b"\x09" + struct.pack("<d", time) + b"\x1a\x0dbrain.Event:2")


def _crcs(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the masked CRC-32C of each row, byte by byte as its definition has it."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    register = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in rows.T:
        register = table[(register ^ column) & 255] ^ (register >> 8)
    register = ~register
    masked_crc: NDArray[np.uint32] = ((register >> 15) | (register << 17)) + np.uint32(0xA282EAD8)
    return masked_crc


def _events(
    first: int, values: Values, times: Times, tags: tuple[str, ...]
) -> Iterator[NDArray[np.uint8]]:
    """Yield for each tag its records, (n, length); the varints of the steps are of one length."""
    num = len(values)
    steps = np.arange(first, first + num, dtype=np.uint64)
    size = len(_varint(first))
    for i, tag in enumerate(tags):
        model = np.frombuffer(event(first, tag, 0.5, START), np.uint8)
        rows = np.tile(model, (num, 1))
        rows[:, 13:21] = (times + 1e-5 * i)[:, None].view(np.uint8)
        for j in range(size if first else 0):
            byte = (steps >> np.uint64(7 * j)).astype(np.uint8) & 127
            rows[:, 22 + j] = byte | (128 if j < size - 1 else 0)
        rows[:, -8:-4] = np.ascontiguousarray(values[:, i : i + 1]).view(np.uint8)
        rows[:, -4:] = _crcs(rows[:, 12:-4])[:, None].view(np.uint8)
        yield rows


def write_events(folder: Path, num_steps: int, tags: tuple[str, ...], seed: int) -> Path:
    """Write one event file with a point of each tag at each step; return it."""
    values, times = curves(num_steps, seed)
    folder.mkdir(parents=True)
    path = folder / f"events.out.tfevents.{int(START)}.host.1.0"
    cuts = {0, 1, 1 << 7, 1 << 14, 1 << 21, num_steps, *range(0, num_steps, _BLOCK)}
    edges = sorted(cut for cut in cuts if cut <= num_steps)
    with path.open("wb") as file:
        file.write(first_event(START))
        for first, stop in pairwise(edges):
            parts = _events(first, values[first:stop], times[first:stop], tags)
            file.write(np.concatenate(list(parts), axis=1).tobytes())
    return path


def write_tables(folder: Path, num_rows: int) -> None:
    """Write wide.csv, wide.jsonl (12 columns) and trainer_state.json, a row a step."""
    values, times = curves(num_rows, 0)
    exact = values.astype(np.float64).tolist()
    rounded = values.astype(np.float64).round(7).tolist()
    names = ("step", "wall_time", *TAGS)
    history = []
    with (
        (folder / "wide.csv").open("w", newline="") as table,
        (folder / "wide.jsonl").open("w") as lines,
    ):
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(names)
        for step, time in enumerate(times.tolist()):
            row = (step, round(time, 6), *rounded[step])
            rows.writerow(row)
            lines.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")
            history.append(_trainer_row(step, exact[step]))
    state = {
        "best_metric": None, "epoch": num_rows / 1000, "eval_steps": 500, "global_step": num_rows,
        "log_history": history, "logging_steps": 1, "max_steps": num_rows,
        "num_train_epochs": num_rows // 1000, "train_batch_size": 8, "trial_name": None,
    }  # fmt: skip
    # As transformers' TrainerState.save_to_json writes it.
    text = json.dumps(state, indent=2, sort_keys=True) + "\n"
    (folder / "trainer_state.json").write_text(text)


def _trainer_row(step: int, row: list[float]) -> dict[str, float]:
    if step % 500 == 499:
        return {
            "epoch": round(step / 1000, 4), "eval_loss": row[5], "eval_runtime": 12.3,
            "eval_samples_per_second": 81.2, "eval_steps_per_second": 10.1, "step": step + 1,
        }  # fmt: skip
    return {
        "epoch": round(step / 1000, 4), "grad_norm": row[1], "learning_rate": row[2],
        "loss": round(row[0], 4), "step": step + 1,
    }  # fmt: skip


def write_all(folder: Path, num_points: int) -> None:
    """Write every log of one size into `folder`, unless it is there.

    num_points: in the one event file, 10 tags; a tenth of it is the rows of the tables.
    """
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_events(folder / "events", num_points // 10, TAGS, 0)
    for number in range(NUM_RUNS):
        run = folder / "runs" / f"run_{number:03d}"
        steps = num_points // NUM_RUNS // TAGS_OF_EACH
        write_events(run, steps, TAGS[:TAGS_OF_EACH], 1000 + number)
    write_tables(folder, num_points // 10)
    (folder / "done").touch()
