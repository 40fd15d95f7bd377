"""NumPy's archives: evaluations, arrays of one length, and archives made to break a reader."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read, read_all


def evaluations(folder: Path) -> Path:
    """Write what EvalCallback of Stable-Baselines3 writes."""
    path = folder / "evaluations.npz"
    results = np.arange(40.0).reshape(8, 5)
    np.savez(path, timesteps=np.arange(1, 9) * 500, results=results, ep_lengths=np.full((8, 5), 9))
    return path


def test_evaluations(tmp_path: Path) -> None:
    run = read(evaluations(tmp_path))
    assert (run.axis, run.format) == ("timestep", "numpy-archive")
    assert run.signals["eval/reward"].step.tolist() == [500.0 * i for i in range(1, 9)]
    assert run.signals["eval/reward"].value.tolist() == [5.0 * i + 2 for i in range(8)]
    assert run.signals["eval/episode_length"].value.tolist() == [9] * 8


def test_arrays_of_one_length(tmp_path: Path) -> None:
    path = tmp_path / "curves.npz"
    np.savez_compressed(
        path,
        train_loss=np.linspace(1, 0, 20, dtype=np.float16),
        val_loss=np.full(20, np.nan),
        epoch=np.arange(20, dtype=">i8"),
        classes=np.array(["a", "b"]),
        confusion=np.eye(3),
        config=np.array({"lr": 0.1}, dtype=object),
    )
    run = read(path)
    assert set(run.signals) == {"loss", "eval/loss"}
    assert run.axis == "epoch"
    assert all(name in run.notes[0] for name in ("classes", "confusion", "config"))


def npy(header: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def header(shape: str, descr: str = "<f8") -> str:
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"


def archive(folder: Path, **members: bytes) -> Path:
    path = folder / "curves.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(f"{name}.npy", content)
    return path


BROKEN = {
    "shape-that-lies": npy(header("(5,)"), bytes(16)),
    "shape-beyond-memory": npy(header("(1000000000000,)"), bytes(16)),
    "negative-shape": npy(header("(-5,)"), bytes(16)),
    "pickle": npy(header("(1,)", "|O"), b"cos\nsystem\n."),
    "no-header": b"\x93NUMPY\x01\x00\xff\xff{",
    "no-array": b"hello",
    "code-for-a-header": npy("__import__('os').abort()"),
    "deep-header": npy("(" * 5000),
    "escapes": npy("'\\d'"),
    "version": b"\x93NUMPY\x09\x09" + bytes(50),
    "scalar": npy(header("()"), bytes(8)),
    "strings": npy(header("(2,)", "<U1"), bytes(8)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read(archive(tmp_path, loss=content))
    assert "\n" not in str(caught.value)


def test_bomb_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "curves.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened,
        opened.open("loss.npy", "w", force_zip64=True) as member,
    ):
        member.write(npy(header(f"({1 << 26},)")))
        for _ in range(64):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 17
    tracemalloc.start()
    try:
        with pytest.raises(ReadError, match="without an array"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cut=st.floats(0.05, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=4),
    compressed=st.booleans(),
)
def test_damage(
    cut: float, flips: list[tuple[float, int]], compressed: bool, tmp_path: Path
) -> None:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(
        file, loss=np.arange(30.0), step=np.arange(30)
    )
    data = bytearray(file.getvalue())
    for at, mask in flips:
        data[int(at * len(data))] ^= mask
    path = tmp_path / "curves.npz"
    path.write_bytes(data[: max(1, int(cut * len(data)))])
    try:
        runs = read_all(path)
    except ReadError as error:
        _is_one_line(str(error))
        return
    assert all(run.signals for run in runs)


def _is_one_line(message: str) -> None:
    assert "\n" not in message
