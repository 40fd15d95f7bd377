"""Makes the logs that read_logs.py reads, each as the tool writes it whose format it has.

Usage: made_logs.py KIND PATH NUM_POINTS, in the environment of requirements-peers.txt. CSV and JSON
Lines come from Python's own modules, .wandb from wandb itself. Event files are written by a faster
twin of TensorBoard's EventFileWriter, after the two wrote the same bytes for the first steps.
"""

from __future__ import annotations

import csv
import json
import math
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TAGS = (
    "train/loss", "train/grad_norm", "train/learning_rate", "train/accuracy", "train/tokens_per_s",
    "eval/loss", "eval/accuracy", "system/memory_gb", "train/param_norm", "optim/update_ratio",
)  # fmt: skip
NUM_RUNS = 200
RUN_TAGS = 5
WANDB_TAGS = 6
NUM_POLLS = 11
NUM_NEW = 1000  # points a poll
_START = 1.7e9  # unix seconds
_COMPARED = 300  # steps that TensorBoard's writer writes too; 200 take varints of two bytes
_FAULTY_ROWS = 1000


def numbers(num_steps: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return what a run logs under TAGS, (num_steps, 10) as float32, and when, (num_steps,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(num_steps) / num_steps
    noise = rng.standard_normal((num_steps, len(TAGS)))
    loss = 3.5 * np.exp(-6 * t) + 1.6 + 0.15 * noise[:, 0]
    columns = [
        loss, np.exp(0.3 * noise[:, 1]), 1.5e-4 * (1 + np.cos(np.pi * t)),
        1 - np.exp(-4 * t) + 0.01 * noise[:, 3], 9000 + 300 * noise[:, 4], loss + 0.1,
        0.7 + 0.05 * noise[:, 6], 30 + noise[:, 7], 40 + 10 * np.sqrt(t) + 1e-3 * noise[:, 8],
        np.exp(-6.9 + 0.2 * noise[:, 9]),
    ]  # fmt: skip
    time = _START + np.cumsum(0.2 + 0.01 * rng.random(num_steps))
    return np.stack(columns, axis=1).astype(np.float32), time


def as_logged(values: NDArray[np.float32]) -> list[list[float]]:
    """Return rows of floats as loops log them: every other column as item() gives it, or rounded.

    >>> as_logged(np.array([[0.1, 0.123456789]], np.float32))
    [[0.10000000149011612, 0.123457]]
    """
    wide = values.astype(np.float64)
    wide[:, 1::2] = wide[:, 1::2].round(6)
    rows: list[list[float]] = wide.tolist()
    return rows


def _varint(number: int) -> bytes:
    done = bytearray()
    while number > 127:
        done.append(number & 127 | 128)
        number >>= 7
    return bytes([*done, number])


def event_records(
    values: NDArray[np.float32], time: NDArray[np.float64], first_step: int = 0
) -> Iterator[bytes]:
    """Yield the records of one event a value, as SummaryWriter.add_scalar makes them."""
    from google_crc32c import value as crc32c

    def masked(data: bytes) -> int:
        crc = int(crc32c(data))
        return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF

    frame = {}
    tags = [b"\x0a" + _varint(len(tag)) + tag.encode() + b"\x15" for tag in TAGS]
    pack_float, pack_double = struct.Struct("<f").pack, struct.Struct("<d").pack
    pack_crc = struct.Struct("<I").pack
    for step, (row, when) in enumerate(
        zip(values.tolist(), time.tolist(), strict=True), first_step
    ):
        head = b"\x09" + pack_double(when) + (b"\x10" + _varint(step) if step else b"") + b"\x2a"
        for tag, value in zip(tags, row, strict=False):
            inner = tag + pack_float(value)
            summary = b"\x0a" + _varint(len(inner)) + inner
            data = head + _varint(len(summary)) + summary
            size = len(data)
            if size not in frame:
                length = struct.pack("<Q", size)
                frame[size] = length + pack_crc(masked(length))
            yield frame[size] + data + pack_crc(masked(data))


def _first_records(values: NDArray[np.float32], time: NDArray[np.float64]) -> bytes:
    """Return an event file of these values as TensorBoard's EventFileWriter writes it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    with tempfile.TemporaryDirectory() as folder:
        writer = EventFileWriter(folder)
        for step, (row, when) in enumerate(zip(values.tolist(), time.tolist(), strict=True)):
            for tag, value in zip(TAGS, row, strict=False):
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                writer.add_event(Event(summary=summary, wall_time=when, step=step))
        writer.close()
        return next(Path(folder).iterdir()).read_bytes()


def write_events(path: Path, values: NDArray[np.float32], time: NDArray[np.float64]) -> None:
    """Write an event file; raise ValueError where TensorBoard's writer writes other bytes."""
    real = _first_records(values[:_COMPARED], time[:_COMPARED])
    own = b"".join(event_records(values[:_COMPARED], time[:_COMPARED]))
    opening = real[: len(real) - len(own)]  # the version record
    if real != opening + own:
        raise ValueError(f"{path}: TensorBoard's writer writes these events otherwise")
    with path.open("wb") as file:
        file.write(opening)
        file.writelines(event_records(values, time))


def events(path: Path, num_points: int) -> None:
    """One event file, ten tags a step."""
    path.mkdir()
    values, time = numbers(num_points // len(TAGS))
    write_events(path / f"events.out.tfevents.{int(_START)}.host.1.0", values, time)


def curve(path: Path, num_points: int) -> None:
    """A folder with one event file, one tag."""
    (path / "run").mkdir(parents=True)
    values, time = numbers(num_points)
    name = f"events.out.tfevents.{int(_START)}.host.1.0"
    write_events(path / "run" / name, values[:, :1], time)


def later(path: Path, num_points: int) -> None:
    """What such a file grows by, NUM_POLLS times NUM_NEW points, records of equal length."""
    first = num_points // len(TAGS)
    values, time = numbers(NUM_POLLS * NUM_NEW // len(TAGS), seed=1)
    path.write_bytes(b"".join(event_records(values, time + 1e6, first)))


def runs(path: Path, num_points: int) -> None:
    """NUM_RUNS folders with an event file each, RUN_TAGS tags a step."""
    for number in range(NUM_RUNS):
        folder = path / f"run-{number:03}"
        folder.mkdir(parents=True)
        values, time = numbers(num_points // (NUM_RUNS * RUN_TAGS), seed=number)
        write_events(
            folder / f"events.out.tfevents.{int(_START)}.host.1.0", values[:, :RUN_TAGS], time
        )


def table(path: Path, num_points: int) -> None:
    """A CSV file, one line a step, by Python's csv module as Lightning and Keras write it."""
    values, time = numbers(num_points // len(TAGS))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "wall_time", *TAGS])
        for step, (row, when) in enumerate(zip(as_logged(values), time.tolist(), strict=True)):
            writer.writerow([step, round(when, 6), *row])


def _json_lines(num_steps: int) -> Iterator[dict[str, float]]:
    values, time = numbers(num_steps)
    for step, (row, when) in enumerate(zip(as_logged(values), time.tolist(), strict=True)):
        yield {
            "step": step, "wall_time": round(when, 6), **dict(zip(TAGS, row, strict=True)),
        }  # fmt: skip


def lines(path: Path, num_points: int) -> None:
    """JSON Lines, one object a step, by json.dumps as most loops write them."""
    with path.open("w") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in _json_lines(num_points // len(TAGS)))


def faulty(path: Path, num_points: int) -> None:
    """JSON Lines with NaN and Infinity as json.dumps writes them, and a last line that is torn."""
    with path.open("w") as file:
        for step, row in enumerate(_json_lines(_FAULTY_ROWS)):
            odd = {7: math.nan, 8: math.inf, 9: -math.inf}.get(step % 100)
            if odd is not None:
                row[TAGS[0]] = odd
            line = f"{json.dumps(row)}\n"
            file.write(line if step < _FAULTY_ROWS - 1 else line[: len(line) // 2])


def state(path: Path, num_points: int) -> None:
    """A trainer_state.json, written as TrainerState.save_to_json of transformers does."""
    history = []
    num_rows = num_points // len(TAGS)
    for step, row in enumerate(as_logged(numbers(num_rows)[0]), 1):
        runtime = round(row[7] / 3, 4)
        entry = {"epoch": round(step / 1000, 4), "step": step}
        if step % 500:
            entry |= {"grad_norm": row[1], "learning_rate": row[2], "loss": round(row[0], 4)}
        else:
            entry |= {
                "eval_loss": row[5], "eval_runtime": runtime,
                "eval_steps_per_second": 100 / runtime,
                "eval_samples_per_second": 800 / runtime,
            }  # fmt: skip
        history.append(entry)
    whole = {
        "best_metric": None, "best_model_checkpoint": None, "epoch": num_rows / 1000,
        "eval_steps": 500, "global_step": num_rows, "is_hyper_param_search": False,
        "is_local_process_zero": True, "is_world_process_zero": True, "log_history": history,
        "logging_steps": 1, "max_steps": num_rows, "num_train_epochs": 100, "train_batch_size": 8,
        "trial_name": None, "trial_params": None,
    }  # fmt: skip
    path.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n")


def offline(path: Path, num_points: int) -> None:
    """A .wandb file of an offline run, written by wandb."""
    import wandb

    with tempfile.TemporaryDirectory() as folder:
        settings = wandb.Settings(x_disable_stats=True, console="off", silent=True)
        run = wandb.init(project="reading", dir=folder, mode="offline", settings=settings)
        for row in as_logged(numbers(num_points // len(TAGS))[0]):
            run.log(dict(zip(TAGS[:WANDB_TAGS], row, strict=False)))
        run.finish()
        (found,) = Path(folder).rglob("*.wandb")
        path.write_bytes(found.read_bytes())


KINDS = {
    make.__name__: make
    for make in (events, curve, later, runs, table, lines, faulty, state, offline)
}


def main(kind: str, path: Path, num_points: int) -> None:
    """Make one log under another name first, so that what is there is whole."""
    os.environ["WANDB_SILENT"] = "true"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        KINDS[kind](Path(folder) / path.name, num_points)
        (Path(folder) / path.name).rename(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
