"""TensorBoard event files: against torch's writer and TensorBoard's own reader."""

from __future__ import annotations

import math
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from test_alike import assert_same

from neural_trainer.errors import ReadError
from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.read import read, read_all
from neural_trainer.runs.tfrecord import masked

torch_board = pytest.importorskip("torch.utils.tensorboard")


def event_file(folder: Path, *events: bytes, name: str = "events.out.tfevents.1.host") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with path.open("wb") as file:
        for payload in events:
            length = struct.pack("<Q", len(payload))
            file.write(length + struct.pack("<I", masked(crc32c(length))))
            file.write(payload + struct.pack("<I", masked(crc32c(payload))))
    return path


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def nested(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def event(step: int, *values: bytes, time: float = 1.7e9) -> bytes:
    summary = b"".join(nested(1, value) for value in values)
    return b"\x09" + struct.pack("<d", time) + b"\x10" + varint(step) + nested(5, summary)


def simple(tag: str, value: float) -> bytes:
    return nested(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, dtype: int, content: bytes, plugin: str | None = "scalars") -> bytes:
    metadata = nested(9, nested(1, nested(1, plugin.encode()))) if plugin else b""
    return (
        nested(1, tag.encode())
        + metadata
        + nested(8, b"\x08" + varint(dtype) + b"\x12\0" + content)
    )


def scalars(folder: Path, tags: dict[str, list[tuple[int, float]]]) -> None:
    with torch_board.SummaryWriter(str(folder)) as writer:
        for tag, points in tags.items():
            for step, value in points:
                writer.add_scalar(tag, value, step)


def test_round_trip_of_torch(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=400).astype(np.float32)
    values[[7, 300]] = math.nan, math.inf
    with torch_board.SummaryWriter(str(tmp_path / "run")) as writer:
        for i, value in enumerate(values):
            writer.add_scalar("train/loss", value, i * 3, walltime=1.7e9 + i)
            if i % 50 == 0:
                writer.add_scalar("val/loss", value, i * 3)
                writer.add_histogram("weights", rng.normal(size=50), i * 3)
                writer.add_text("note", "x" * 6000, i * 3)
        writer.add_scalar("new style", 2.5, 1, new_style=True)
        writer.add_scalar("double", 0.1, 1, new_style=True, double_precision=True)
    run = read(tmp_path / "run")
    assert run.name == "run"
    np.testing.assert_array_equal(run.signals["loss"].value, values.astype(np.float64))
    np.testing.assert_array_equal(run.signals["loss"].step, 3.0 * np.arange(400))
    np.testing.assert_array_equal(run.signals["loss"].time, 1.7e9 + np.arange(400))
    assert len(run.signals["eval/loss"]) == 8
    assert run.signals["new style"].value.tolist() == [2.5]
    assert run.signals["double"].value.tolist() == [0.1]
    assert run.logged_as["loss"] == "train/loss"
    assert not any("weights" in name or "note" in name for name in run.signals)
    assert run.notes == ()


def test_tensorboard_reads_the_same(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    rng = np.random.default_rng(1)
    with torch_board.SummaryWriter(str(tmp_path)) as writer:
        for step in range(0, 70000, 331):  # steps of one to three bytes
            writer.add_scalar("a", rng.normal(), step)
            writer.add_scalar("b/c", rng.normal(), step + 1)
            writer.add_scalars("many", {"x": rng.normal(), "y": rng.normal()}, step)
    theirs = accumulator.EventAccumulator(str(tmp_path), size_guidance={"scalars": 0}).Reload()
    run = read(next(tmp_path.glob("events*")))
    assert set(run.signals) == set(theirs.Tags()["scalars"])
    for tag in ("a", "b/c"):
        expected = theirs.Scalars(tag)
        np.testing.assert_array_equal(run.signals[tag].step, [e.step for e in expected])
        np.testing.assert_array_equal(run.signals[tag].value, [e.value for e in expected])
        np.testing.assert_array_equal(run.signals[tag].time, [e.wall_time for e in expected])


TENSORS = {
    "float-content": (1, nested(4, struct.pack("<f", 0.5)), 0.5),
    "double-content": (2, nested(4, struct.pack("<d", 0.1)), 0.1),
    "half-content": (19, nested(4, np.float16(0.5).tobytes()), 0.5),
    "bfloat16-content": (14, nested(4, struct.pack("<f", 1.5)[2:]), 1.5),
    "int64-content": (9, nested(4, struct.pack("<q", -3)), -3.0),
    "packed-float": (1, nested(5, struct.pack("<f", 0.5)), 0.5),
    "lone-float": (1, b"\x2d" + struct.pack("<f", 0.5), 0.5),
    "packed-double": (2, nested(6, struct.pack("<d", 0.1)), 0.1),
    "half-value": (19, nested(13, varint(int(np.float16(0.5).view(np.uint16)))), 0.5),
    "bfloat16-value": (14, nested(13, varint(0x3FC0)), 1.5),
    "negative-int": (3, nested(7, varint(-4)), -4.0),
    "int64-value": (9, b"\x50" + varint(12), 12.0),
    "left-out-zero": (1, b"", 0.0),
}


@pytest.mark.parametrize("num", [1, 40], ids=["one-by-one", "together"])
@pytest.mark.parametrize(("dtype", "content", "expected"), TENSORS.values(), ids=TENSORS)
def test_tensor(tmp_path: Path, dtype: int, content: bytes, expected: float, num: int) -> None:
    path = event_file(tmp_path, *(event(i, tensor("loss", dtype, content)) for i in range(num)))
    assert read(path).signals["loss"].value.tolist() == [expected] * num


NO_SCALARS = {
    "text": tensor("loss", 7, nested(8, b"ab")),
    "other-plugin": tensor("loss", 1, nested(5, struct.pack("<f", 1)), "pr_curves"),
    "vector": nested(1, b"loss") + nested(8, b"\x08\x01" + nested(2, nested(2, b"\x08\x03"))),
    "image": nested(1, b"loss") + nested(4, b"\x08\x01"),
}


@pytest.mark.parametrize("value", NO_SCALARS.values(), ids=NO_SCALARS)
def test_what_is_no_scalar(tmp_path: Path, value: bytes) -> None:
    path = event_file(tmp_path, *(event(i, value) for i in range(20)))
    with pytest.raises(ReadError, match="without one scalar"):
        read(path)


def test_a_plugin_is_named_only_once(tmp_path: Path) -> None:
    first = tensor("curve", 1, nested(5, struct.pack("<f", 1)), "pr_curves")
    later = tensor("curve", 1, nested(5, struct.pack("<f", 1)), None)
    path = event_file(tmp_path, event(0, first, simple("loss", 1)), event(1, later))
    assert set(read(path).signals) == {"loss"}


def test_several_values_in_one_event(tmp_path: Path) -> None:
    events = [event(i, simple("loss", i), simple("lr", 0.5), simple("acc", -i)) for i in range(300)]
    run = read(event_file(tmp_path, *events))
    assert run.signals["loss"].value.tolist() == list(range(300))
    assert run.signals["accuracy"].value.tolist() == [-i for i in range(300)]


def test_negative_and_absent_steps(tmp_path: Path) -> None:
    absent = b"\x09" + struct.pack("<d", 1.0) + nested(5, nested(1, simple("loss", 7)))
    run = read(
        event_file(tmp_path, event(-2, simple("loss", 5)), absent, event(3, simple("loss", 9)))
    )
    assert run.signals["loss"].step.tolist() == [-2, 0, 3]


def test_writers_of_one_folder_are_one_run(tmp_path: Path) -> None:
    train = [event(i, simple("train/loss", i), time=1e9 + i) for i in range(20)]
    held_out = [event(i, simple("eval/loss", i), time=1e9 + i + 0.5) for i in range(0, 20, 5)]
    event_file(tmp_path, *train, name="events.out.tfevents.1.a.0")
    event_file(tmp_path, *held_out, name="events.out.tfevents.1.a.1")
    run = read(tmp_path)
    assert run.signals["eval/loss"].step.tolist() == [0, 5, 10, 15]
    assert len(run.signals["loss"]) == 20
    assert run.events == ()


def test_a_later_writer_of_the_folder_that_starts_again(tmp_path: Path) -> None:
    for number in (0, 1):
        events = [
            event(
                i,
                simple("loss", 100 * number + i),
                simple("val_loss", i),
                time=1e9 + 99 * number + i,
            )
            for i in range(0, 60, 2)
        ]
        event_file(tmp_path, *events, name=f"events.out.tfevents.{number}.a")
    runs = read_all(tmp_path)
    assert [run.signals["loss"].value[0] for run in runs] == [0, 100]
    assert [len(run.signals["eval/loss"]) for run in runs] == [30, 30]


def test_a_resume_takes_back_what_was_run_again(tmp_path: Path) -> None:
    steps = [*range(0, 100, 2), *range(61, 131, 2)]
    events = []
    for i, step in enumerate(steps):
        events.append(event(step, simple("loss", i)))
        if step % 20 < 2:
            events.append(event(step, simple("val_loss", i)))
    run = read(event_file(tmp_path, *events))
    assert run.signals["loss"].step.tolist() == [*range(0, 61, 2), *range(61, 131, 2)]
    assert run.signals["eval/loss"].step.tolist() == [0, 20, 40, 60, 61, 81, 101, 121]
    assert [e.step for e in run.events] == [61]


def test_folders_named_for_splits_are_one_run(tmp_path: Path) -> None:
    for split, tag in (("train", "epoch_loss"), ("validation", "epoch_loss")):
        events = [event(i, simple(tag, i + (split == "validation"))) for i in range(5)]
        event_file(tmp_path / "logs" / split, *events)
    run = read(tmp_path)
    assert run.name == "logs"
    assert run.signals["loss"].value.tolist() == [0, 1, 2, 3, 4]
    assert run.signals["eval/loss"].value.tolist() == [1, 2, 3, 4, 5]
    alone = read(tmp_path / "logs" / "validation" / "events.out.tfevents.1.host")
    assert set(alone.signals) == {"eval/loss"}


def test_catboost_calls_its_evaluation_test(tmp_path: Path) -> None:
    for split in ("learn", "test"):
        events = [event(i, simple("MAE", i)) for i in range(5)]
        event_file(tmp_path / split, *events, name="events.out.tfevents")
    assert set(read(tmp_path).signals) == {"loss", "eval/loss"}


def test_other_folders_are_other_runs(tmp_path: Path) -> None:
    for name in ("a", "b/c"):
        event_file(tmp_path / name, *(event(i, simple("loss", i)) for i in range(5)))
    assert [run.name for run in read_all(tmp_path)] == ["a", "b/c"]


def odd_course(rng: random.Random, tag: str) -> list[bytes]:
    """Return events of a tag: at times its steps or its clock go back, or a time is no number."""
    start, stride = rng.choice([0, 0, 5]), rng.choice([1, 1, 3])
    events, odd = [], rng.choice([0.0, 0.0, 0.05])
    for i in range(rng.choice([1, 2, 9, 40])):
        step, time = start + stride * i, 1e9 + i
        if rng.random() < odd:
            step, time = rng.choice([(step // 2, time), (step, time - 9), (step, math.nan)])
        events.append(event(step, simple(tag, rng.gauss(0, 1)), time=time))
    return events


@pytest.mark.parametrize("seed", range(30))
def test_files_read_together_say_what_each_says_alone(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    tags = ["loss", "val_loss", "lr", "a/b"]
    for number in range(rng.randint(2, 6)):
        for writer in range(rng.choice([1, 1, 2])):
            some = rng.sample(tags, rng.randint(1, len(tags)))
            events = [one for tag in some for one in odd_course(rng, tag)]
            name = f"events.out.tfevents.{writer}.host"
            event_file(tmp_path / f"run-{number}", *events, name=name)
    together = read_all(tmp_path)
    monkeypatch.setattr("neural_trainer.runs.readers.tensorboard._TOGETHER", 0)
    assert_same(together, read_all(tmp_path))


def test_tags_that_count_epochs_are_put_at_their_steps(tmp_path: Path) -> None:
    events = []
    for step in range(400):
        events.append(event(step, simple("train/loss", 1), time=1e9 + step))
        if step % 100 == 99:
            events.append(event(step // 100, simple("val/loss", 2), time=1e9 + step + 0.5))
    run = read(event_file(tmp_path, *events))
    assert run.signals["eval/loss"].step.tolist() == [99, 199, 299, 399]
    assert "count epochs" in run.notes[0]


def test_no_scalars_says_so(tmp_path: Path) -> None:
    with torch_board.SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("note", "nothing else")
    with pytest.raises(ReadError, match="without one scalar"):
        read(next(tmp_path.glob("events*")))
