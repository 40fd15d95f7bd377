"""Logs larger than any that a training leaves: read or refused in bounded memory."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sound

from neural_trainer.runs.crc32c import crc32c, crcs
from neural_trainer.runs.tfrecord import masked

HERE = Path(__file__).resolve().parent
MEASURE = """
import resource, sys
from pathlib import Path
import sound
runs = sound.read_soundly(Path(sys.argv[1]))
status = Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss is at least that of the process that started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) >> 10
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
print(peak, len(runs))
"""
LINE = 100_000_000  # bytes


def measured(path: Path) -> tuple[int, int]:
    """Return the MiB at the peak and the number of runs where `path` is read in a process."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    places = {"PYTHONPATH": f"{HERE}:{HERE.parents[1] / 'scripts'}"}
    told = subprocess.run(command, env=places, capture_output=True, text=True, check=True)
    megabytes, num_runs = map(int, told.stdout.split())
    return megabytes, num_runs


def json_line(path: Path) -> None:
    """One value of a JSON line is long."""
    with path.open("wb") as file:
        file.write(b'{"step": 1, "loss": 2}\n{"step": 2, "loss": 1, "x": "')
        file.write(b"y" * LINE + b'"}\n{"step": 3, "loss": 2}\n')


def row(path: Path) -> None:
    """One row of a table has as many cells as it will hold."""
    path.write_bytes(b"step,loss\n1,2\n" + b"1," * (LINE // 2) + b"\n3,4\n")


def text_line(path: Path) -> None:
    """One line of a text repeats a pair of a name and a number."""
    lines = b"step 1 | loss 2\nstep 2 | loss 3\n"
    path.write_bytes(lines + b"loss 1 " * (LINE // 7) + b"\nstep 3 | loss 2\n")


def zeros(path: Path) -> None:
    """The file is one line without an end, of what is no text."""
    path.write_bytes(bytes(LINE))


@pytest.mark.slow
@pytest.mark.parametrize("write", [json_line, row, text_line, zeros])
def test_line_of_100_megabytes(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / "log")
    megabytes, num_runs = measured(tmp_path / "log")
    assert megabytes < 1200
    assert num_runs == (write is not zeros)


def events(path: Path, num_tags: int) -> None:
    """Write an event file of one scalar a tag."""
    payloads = []
    for number in range(num_tags):
        value = b"\x0a\x07%07d\x15" % number + struct.pack("<f", 0.5)
        summary = b"\x0a" + bytes([len(value)]) + value
        event = b"\x09" + struct.pack("<d", 1e9 + number) + b"\x10\x01"
        payloads.append(event + b"\x2a" + bytes([len(summary)]) + summary)
    rows = np.frombuffer(b"".join(payloads), np.uint8).reshape(num_tags, -1)
    length = struct.pack("<Q", rows.shape[1])
    header = length + struct.pack("<I", masked(crc32c(length)))
    with path.open("wb") as file:
        for payload, crc in zip(payloads, crcs(rows).tolist(), strict=True):
            file.write(header + payload + struct.pack("<I", masked(crc)))


def test_tags_beyond_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.tfevents._MOST_TAGS", 100)
    events(tmp_path / "events.out.tfevents.1", 1000)
    (run,) = sound.read_soundly(tmp_path / "events.out.tfevents.1")
    assert len(run.signals) == 100
    assert "900 values are left out" in run.notes[0]


@pytest.mark.slow
def test_a_million_tags(tmp_path: Path) -> None:
    events(tmp_path / "events.out.tfevents.1", 1_000_000)
    megabytes, num_runs = measured(tmp_path / "events.out.tfevents.1")
    assert megabytes < 600
    assert num_runs == 1


WIDE = 100_000  # columns


def test_wide_table(tmp_path: Path) -> None:
    """Its header is longer than what a format is judged by."""
    cells = ",".join(["0.5"] * WIDE)
    names = ",".join(f"c{number}" for number in range(WIDE))
    (tmp_path / "log.csv").write_text(f"step,{names}\n1,{cells}\n2,{cells}\n")
    sound.read_soundly(tmp_path / "log.csv")


@pytest.mark.slow
def test_wide_rows(tmp_path: Path) -> None:
    cells = ", ".join(f'"c{number}": 0.5' for number in range(WIDE))
    rows = [f'{{"step": {step}, {cells}}}\n' for step in range(3)]
    (tmp_path / "log.jsonl").write_text("".join(rows))
    (run,) = sound.read_soundly(tmp_path / "log.jsonl")
    assert len(run.signals) == WIDE
