"""The file of per-layer statistics: what is written is read, and damage costs what it hit."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_layers import MODULES, PARAMETERS, WIDTH, assert_true, file_of, values_at, written

from neural_trainer.errors import ReadError
from neural_trainer.runs import layers_file
from neural_trainer.runs.layers import GRADIENT_STATISTICS, Module, Parameter
from neural_trainer.runs.layers_file import (
    HEAD,
    HEADER,
    MAGIC,
    ROW,
    crc_of,
    encode_header,
    encode_row,
    read_layers,
)
from neural_trainer.runs.read import read

STEPS = [10.0 * k for k in range(1, 41)]
HEADER_LENGTH = len(encode_header(PARAMETERS, MODULES))
ROW_LENGTH = 12 + 16 + 4 * WIDTH


def test_what_is_written_is_read(tmp_path: Path) -> None:
    layers, notes = read_layers(written(tmp_path / "layers.bin", STEPS))
    assert notes == ()
    assert layers.step.tolist() == STEPS
    assert layers.parameters == PARAMETERS
    assert layers.modules == MODULES
    assert_true(layers)


def test_the_layout_is_as_stated() -> None:
    """By struct alone, without the code that writes or reads it."""
    data = file_of([7.0])
    mark, length, crc = struct.unpack_from("<4sII", data, len(MAGIC))
    header = data[len(MAGIC) + 12 :][:length]
    assert (mark, crc) == (b"NTLh", zlib.crc32(header))
    described = json.loads(header)
    assert [p["name"] for p in described["parameters"]] == [p.name for p in PARAMETERS]
    row = data[len(MAGIC) + 12 + length :]
    mark, length, crc = struct.unpack_from("<4sII", row)
    assert (mark, length, crc) == (b"NTLr", len(row) - 12, zlib.crc32(row[12:], zlib.crc32(header)))
    step, time, *values = struct.unpack(f"<dd{WIDTH}f", row[12:])
    assert (step, time) == (7.0, 17.0)
    assert np.array_equal(np.array(values, np.float32), values_at(7), equal_nan=True)


def test_rows_are_cut_at_a_step(tmp_path: Path) -> None:
    layers, _ = read_layers(written(tmp_path / "layers.bin", STEPS))
    cut = layers.until(200.0)
    assert cut.step.tolist() == STEPS[:20]
    assert_true(cut)


def test_a_run_folder_brings_its_layers(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.5}\n')
    assert read(tmp_path).layers is None
    written(tmp_path / "layers.bin", [1.0, 2.0])
    run = read(tmp_path)
    assert run.layers is not None
    assert_true(run.layers)
    earlier = run.until(1).layers
    assert earlier is not None
    assert earlier.step.tolist() == [1.0]
    (tmp_path / "layers.bin").write_bytes(b"something else")
    run = read(tmp_path)
    assert run.layers is None
    assert any("expected a file of layers" in note for note in run.notes)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.integers(len(MAGIC) + HEADER_LENGTH, len(file_of(STEPS))))
def test_a_file_cut_anywhere_holds_every_row_that_is_whole(tmp_path_factory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "layers.bin"
    path.write_bytes(file_of(STEPS)[:length])
    layers, notes = read_layers(path)
    assert notes == ()
    assert len(layers) == (length - len(MAGIC) - HEADER_LENGTH) // ROW_LENGTH
    assert_true(layers)


@pytest.mark.parametrize("length", [len(MAGIC), len(MAGIC) + 3, len(MAGIC) + 100])
def test_a_file_without_a_row_says_nothing(tmp_path: Path, length: int) -> None:
    (tmp_path / "layers.bin").write_bytes(file_of(STEPS)[:length])
    layers, notes = read_layers(tmp_path / "layers.bin")
    assert (len(layers), layers.parameters, notes) == (0, (), ())


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_bit_costs_one_row(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(file_of(STEPS))
    start = len(MAGIC) + HEADER_LENGTH
    place = int(rng.integers(start, len(data)))
    data[place] ^= 1 << int(rng.integers(8))
    (tmp_path / "layers.bin").write_bytes(data)
    layers, notes = read_layers(tmp_path / "layers.bin")
    hit = (place - start) // ROW_LENGTH
    assert layers.step.tolist() == STEPS[:hit] + STEPS[hit + 1 :]
    assert_true(layers)
    in_flight = hit == len(STEPS) - 1 and (place - start) % ROW_LENGTH in range(4, 8)
    assert bool(notes) or in_flight  # a last row of a greater length may be one in flight


def test_rows_of_a_lost_header_are_not_taken_for_another_models(tmp_path: Path) -> None:
    other = encode_header([Parameter(f"p{i}", "linear", (2,), True, 0) for i in range(3)], MODULES)
    row = encode_row(crc_of(other), 50.0, 60.0, values_at(50))
    assert len(row) == ROW_LENGTH
    broken = bytearray(other)
    broken[40] ^= 1
    path = tmp_path / "layers.bin"
    path.write_bytes(file_of([10.0, 20.0]) + bytes(broken) + row)
    layers, notes = read_layers(path)
    assert layers.step.tolist() == [10.0, 20.0]
    assert_true(layers)
    assert notes


def test_models_that_change_are_joined_by_name(tmp_path: Path) -> None:
    head = Parameter("head.weight", "head", (2, 8), True, 1)
    block = Parameter("block.0.weight", "linear", (8, 8), False, None)
    later = encode_header([block, head], [])
    values = np.arange(2 * len(GRADIENT_STATISTICS), dtype=np.float32)
    path = tmp_path / "layers.bin"
    path.write_bytes(file_of([10.0, 20.0]) + later + encode_row(crc_of(later), 30.0, 40.0, values))
    layers, notes = read_layers(path)
    assert notes == ()
    assert [p.name for p in layers.parameters] == [
        "block.0.weight", "head.weight", "embed.weight", "block.0.bias",
    ]  # fmt: skip
    assert not layers.parameters[0].trainable  # as described last
    norm = layers.gradients["grad_norm"]
    assert np.array_equal(norm[2], [0, 1, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(
        norm[0], [values_at(10)[1], np.nan, values_at(10)[0], values_at(10)[2]], equal_nan=True
    )
    assert np.isnan(layers.activations["mean"][2]).all()


def test_what_was_measured_again_after_a_resume_replaces_what_was_lost(tmp_path: Path) -> None:
    layers, _ = read_layers(written(tmp_path / "a", [10.0, 20.0, 30.0, 40.0, 20.0, 35.0]))
    assert layers.step.tolist() == [10.0, 20.0, 35.0]
    assert_true(layers)


def frame(payload: bytes) -> bytes:
    return HEAD.pack(HEADER, len(payload), zlib.crc32(payload)) + payload


def described(**changes: object) -> bytes:
    record: dict[str, object] = {
        "parameters": [{"name": "a", "kind": "linear", "shape": [2], "trainable": True,
                        "group": 0}],
        "modules": [], "gradients": ["grad_norm"], "activations": [], "every": 1,
    }  # fmt: skip
    return json.dumps({**record, **changes}).encode()


HOSTILE = {
    "empty": b"",
    "no-magic": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "zeros": MAGIC + bytes(100_000),
    "marks-alone": MAGIC + ROW * 500_000,
    "headers-without-length": MAGIC + HEAD.pack(HEADER, 0, 0) * 100_000,
    "headers-of-great-length": MAGIC + HEAD.pack(HEADER, 4_000_000, 0) * 300_000,
    "length-beyond-the-file": MAGIC + HEAD.pack(HEADER, 2**32 - 1, 0),
    "no-json": MAGIC + frame(b"\xff\xfe not json"),
    "deep-json": MAGIC + frame(b"[" * 200_000),
    "a-list": MAGIC + frame(b"[1, 2]"),
    "text-for-parameters": MAGIC + frame(described(parameters="abc")),
    "number-for-a-name": MAGIC + frame(described(modules=[{"name": 3, "kind": "relu"}])),
    "the-same-name-twice": MAGIC
    + frame(described(modules=[{"name": "a", "kind": "relu"}, {"name": "a", "kind": "relu"}])),
    "infinite-every": MAGIC + frame(described(every=float("inf"))),
    "long-number": MAGIC + frame(b'{"parameters": ' + b"9" * 10_000 + b"}"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_holds_no_layers_is_a_read_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "layers.bin").write_bytes(data)
    with pytest.raises(ReadError):
        read_layers(tmp_path / "layers.bin")


def test_names_without_end_are_not_multiplied_by_statistics_without_end(tmp_path: Path) -> None:
    names = [f"statistic {i}" for i in range(20_000)]
    parameters = [
        {"name": f"p{i}", "kind": "linear", "shape": [2], "trainable": True, "group": 0}
        for i in range(20_000)
    ]
    header = frame(described(parameters=parameters, gradients=names))
    (tmp_path / "layers.bin").write_bytes(MAGIC + header + HEAD.pack(ROW, 2**31, 0) + bytes(1000))
    layers, _ = read_layers(tmp_path / "layers.bin")
    assert len(layers) == 0
    assert len(layers.parameters) == 20_000


def test_many_models_without_a_common_name_are_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_file, "MOST_CELLS", 5000)
    parts = [MAGIC]
    for model in range(20):
        header = encode_header(
            [Parameter(f"{model}.{i}", "linear", (2,), True, 0) for i in range(10)], []
        )
        values = np.zeros(10 * len(GRADIENT_STATISTICS), np.float32)
        parts += [header, encode_row(crc_of(header), float(model), 0.0, values)]
    (tmp_path / "layers.bin").write_bytes(b"".join(parts))
    layers, notes = read_layers(tmp_path / "layers.bin")
    assert len(layers.parameters) == 10
    assert layers.step.tolist() == [19.0]
    assert "19 earlier models" in notes[0]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300), st.integers(0, 2**16), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory, some: bytes, at: int, over: bool) -> None:
    data = file_of(STEPS[:5])
    place = at % len(data)
    path = tmp_path_factory.mktemp("any") / "layers.bin"
    path.write_bytes(data[:place] + some + data[place + len(some) * over :])
    try:
        layers, _ = read_layers(path)
    except ReadError:
        assert place < len(MAGIC) + HEADER_LENGTH
    else:
        assert set(layers.step.tolist()) <= set(STEPS[:5])
        assert_true(layers)


def test_an_unknown_kind_is_another(tmp_path: Path) -> None:
    parameter = Parameter("a", "zork", (2,), True, 0)
    (tmp_path / "layers.bin").write_bytes(
        MAGIC + encode_header([parameter], [Module("b", "swish")])
    )
    layers, _ = read_layers(tmp_path / "layers.bin")
    assert layers.parameters[0].kind == "other"
    assert layers.modules[0].kind == "swish"
