"""The writer of layers.bin: its cap, a resume, a full disk, and SIGKILL at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_layers import MODULES, PARAMETERS, WIDTH, assert_true, file_of, values_at

from neural_trainer.errors import ReadError
from neural_trainer.live.layers_writer import LayersWriter
from neural_trainer.runs.layers import Parameter
from neural_trainer.runs.layers_file import read_layers

ROOT = Path(__file__).parents[2]


def begun(path: Path, *, new: bool = True, most_bytes: int = 1 << 20) -> LayersWriter:
    writer = LayersWriter(path, new=new, most_bytes=most_bytes)
    writer.describe(PARAMETERS, MODULES)
    return writer


def append(writer: LayersWriter, steps: range) -> None:
    for step in steps:
        writer.append(step, 10.0 + step, values_at(step))


def test_rows_are_there_as_soon_as_they_are_appended(tmp_path: Path) -> None:
    writer = begun(tmp_path / "layers.bin")
    for step in range(1, 30):
        append(writer, range(step, step + 1))
        layers, notes = read_layers(tmp_path / "layers.bin")
        assert layers.step.tolist() == list(range(1, step + 1))
        assert notes == ()
    assert_true(layers)
    writer.close()
    writer.close()


@pytest.mark.parametrize("most_bytes", [2_500, 5_000, 20_000])
@pytest.mark.parametrize("num_steps", [10, 100, 999])
def test_the_cap_is_kept_and_the_whole_run_covered_evenly(
    tmp_path: Path, most_bytes: int, num_steps: int
) -> None:
    path = tmp_path / "layers.bin"
    writer = begun(path, most_bytes=most_bytes)
    for step in range(num_steps):
        append(writer, range(step, step + 1))
        assert path.stat().st_size <= most_bytes
    layers, notes = read_layers(path)
    strides = np.unique(np.diff(layers.step))
    assert notes == ()
    assert len(strides) == 1
    assert strides[0] in 2.0 ** np.arange(11)
    assert layers.step[0] == 0
    assert layers.step[-1] + strides[0] >= num_steps
    fits = (most_bytes - 700) // (28 + 4 * WIDTH)
    assert len(layers) >= min(num_steps, fits) // 2
    assert_true(layers)
    assert [entry.name for entry in tmp_path.iterdir()] == ["layers.bin"]


def test_a_resumed_run_goes_on_as_sparsely_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "layers.bin"
    writer = begun(path, most_bytes=5_000)
    append(writer, range(200))
    writer.close()
    writer = begun(path, new=False, most_bytes=5_000)
    append(writer, range(200, 400))
    layers, notes = read_layers(path)
    assert notes == ()
    assert len(np.unique(np.diff(layers.step))) == 1
    assert layers.step[0] == 0
    assert layers.step[-1] >= 360
    assert_true(layers)


@pytest.mark.parametrize("torn", [1, 11, 12, 40, 150])
def test_what_was_torn_is_cut_off_when_the_run_is_resumed(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "layers.bin"
    append(begun(path), range(1, 21))
    os.truncate(path, path.stat().st_size - torn)
    append(begun(path, new=False), range(20, 31))
    layers, notes = read_layers(path)
    assert notes == ()
    assert layers.step.tolist() == list(range(1, 31))
    assert_true(layers)


@pytest.mark.parametrize("left", [0, 5, 10, 15])
def test_a_file_without_a_whole_header_is_begun_anew(tmp_path: Path, left: int) -> None:
    path = tmp_path / "layers.bin"
    append(begun(path), range(3))
    os.truncate(path, left)
    append(begun(path, new=False), range(3, 6))
    layers, notes = read_layers(path)
    assert (layers.step.tolist(), notes) == ([3, 4, 5], ())


def test_the_same_model_is_described_once(tmp_path: Path) -> None:
    path = tmp_path / "layers.bin"
    writer = begun(path)
    append(writer, range(1))
    writer.describe(PARAMETERS, MODULES)
    append(writer, range(1, 2))
    writer.close()
    append(begun(path, new=False), range(2, 3))
    assert path.read_bytes() == file_of([0, 1, 2])


def test_models_that_change_at_each_step_do_not_fill_the_file(tmp_path: Path) -> None:
    path = tmp_path / "layers.bin"
    writer = LayersWriter(path, new=True, most_bytes=4_000)
    for step in range(300):
        writer.describe([Parameter(f"p{step % 7}", "linear", (2,), True, 0)], [])
        writer.append(step, 0.0, np.full(9, step, np.float32))
        assert path.stat().st_size <= 4_000
    layers, notes = read_layers(path)
    assert notes == ()
    assert len(layers) >= 4
    norm = layers.gradients["grad_norm"]
    assert np.array_equal(np.nanmax(norm, axis=1), layers.step)


def test_a_row_that_can_never_fit_is_an_error(tmp_path: Path) -> None:
    writer = begun(tmp_path / "layers.bin", most_bytes=900)
    with pytest.raises(OSError, match="raise the cap"):
        append(writer, range(3))


def test_values_that_were_not_described_are_refused(tmp_path: Path) -> None:
    writer = LayersWriter(tmp_path / "layers.bin", new=True)
    with pytest.raises(ValueError, match=r"expected \(0,\)"):
        writer.append(1, 0.0, values_at(1))
    writer.describe(PARAMETERS, MODULES)
    with pytest.raises(ValueError, match=rf"expected \({WIDTH},\)"):
        writer.append(1, 0.0, values_at(1)[:-1])


def test_no_other_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "layers.bin"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        LayersWriter(path, new=True)
    with pytest.raises(ReadError):
        LayersWriter(path, new=False)
    assert path.read_bytes() == b"mine"


def test_a_full_disk_leaves_whole_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "layers.bin"
    writer = begun(path)
    append(writer, range(3))
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:50]))
    with pytest.raises(OSError, match="the disk may be full"):
        append(writer, range(3, 4))
    monkeypatch.undo()
    append(writer, range(4, 5))
    layers, notes = read_layers(path)
    assert (layers.step.tolist(), notes) == ([0, 1, 2, 4], ())


# One process that forks the writers, each with its own file, and kills each at a size drawn.
KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path
import numpy as np
from made_layers import MODULES, PARAMETERS, values_at
from neural_trainer.live.layers_writer import LayersWriter
folder, num = Path(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
for kill in range(num):
    path = folder / f"{kill}.bin"
    child = os.fork()
    if child == 0:
        writer = LayersWriter(path, new=True, most_bytes=[3_000, 30_000, 1 << 20][kill % 3])
        writer.describe(PARAMETERS, MODULES)
        for step in count():
            writer.append(step, 10.0 + step, values_at(step))
    looks = int(rng.integers(1, 400))
    while looks:
        looks -= path.exists() and path.stat().st_size > 700
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_killed_at_two_hundred_moments_each_file_is_read(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "tests" / "runs")])
    subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, "200"],
        env={"PYTHONPATH": path, "PATH": os.defpath, "OMP_NUM_THREADS": "1"},
        check=True,
    )
    lengths = set()
    for kill in range(200):
        layers, notes = read_layers(tmp_path / f"{kill}.bin")
        assert notes == ()
        strides = np.unique(np.diff(layers.step))
        assert len(strides) <= 1
        assert layers.step[:1].tolist() in ([], [0.0])
        lengths.add(layers.step[-1] if len(layers) else -1)
        assert_true(layers)
    assert len(lengths) > 20  # they were killed at different moments
