"""Writes the statistics of each layer as a run goes, a row at a time, in a file that stays small.

A row is handed to the system in one write, so that a SIGKILL loses at most the row in flight.
Nothing is synced to the disk, as with metrics.jsonl: a sync would make the training wait for the
disk, to save what only a crash of the whole machine can lose, and that is a measurement, not the
model.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Layers,
    Module,
    Parameter,
)
from neural_trainer.runs.layers_file import (
    MAGIC,
    crc_of,
    encode_header,
    encode_row,
    encode_rows,
    num_values,
    read_layers,
    scan,
)

MOST_BYTES = 64 << 20


class LayersWriter:
    """The file of one run. It never grows past `most_bytes`.

    Where the next row would, every second row is taken out (the rest is written under a temporary
    name that is then renamed, so that a reader sees the old file or the whole new one), and from
    then on only every second row that is offered is kept; the next time every fourth, and so on.
    So the rows that are left always cover the whole run evenly.
    """

    def __init__(self, path: Path, *, new: bool, most_bytes: int = MOST_BYTES) -> None:
        """Open `path`; what a killed process left unfinished at its end is cut off.

        Raises FileExistsError where `new` and it exists, ReadError where it is no such file,
        OSError.
        """
        self.path = path
        self._most_bytes = most_bytes
        self._described: tuple[tuple[Parameter, ...], tuple[Module, ...]] | None = None
        self._in_file = False  # whether what was described is the last header of the file
        self._crc, self._num_values, self._every, self._num_offered = 0, 0, 1, 0
        self._size = 0
        if not new and path.exists():
            self._recall()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0)
        self._descriptor = os.open(path, flags, 0o644)
        if self._size == 0:
            try:
                self._write(MAGIC)
            except OSError:
                self.close()
                if new:
                    path.unlink()
                raise

    def describe(self, parameters: Sequence[Parameter], modules: Sequence[Module]) -> None:
        """Say what the values of the rows that follow belong to; written with the first of them."""
        described = (tuple(parameters), tuple(modules))
        if described != self._described:
            self._described, self._in_file = described, False
            self._num_values = num_values(len(parameters), len(modules))

    def append(self, step: int, time: float, values: NDArray[np.float32]) -> None:
        """Add a row: the values of all that was described, in the order of runs/layers_file.py.

        Raises ValueError where they are not as many as were described, OSError where the system
        does not take the row whole or not two rows fit the file.
        """
        if self._described is None or values.shape != (self._num_values,):
            raise ValueError(f"a row of shape {values.shape}, expected ({self._num_values},)")
        offered = self._num_offered
        if offered % self._every == 0:
            frames = self._frames(step, time, values)
            if self._size + len(frames) > self._most_bytes:
                self._thin(len(frames))
                frames = self._frames(step, time, values)
            if offered % self._every == 0:
                self._write(frames)
                self._in_file = True
        self._num_offered = offered + 1

    def _frames(self, step: int, time: float, values: NDArray[np.float32]) -> bytes:
        """Return a row, after its header where that is not in the file yet."""
        if self._in_file or self._described is None:
            return encode_row(self._crc, step, time, values)
        header = encode_header(*self._described, self._every)
        self._crc = crc_of(header)
        return header + encode_row(self._crc, step, time, values)

    def written(self) -> Layers | None:
        """Return what the file holds so far; None where nothing is written to it."""
        return read_layers(self.path)[0] if self.path.exists() else None

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, frame: bytes) -> None:
        taken = os.write(self._descriptor, frame)
        if taken != len(frame):
            os.ftruncate(self._descriptor, self._size)
            raise OSError(
                errno.ENOSPC, f"{taken} of {len(frame)} bytes written, the disk may be full",
                str(self.path),
            )  # fmt: skip
        self._size += taken

    def _recall(self) -> None:
        """Take up the file of a run that is being resumed, its unfinished end cut off."""
        self._partial().unlink(missing_ok=True)
        data = self.path.read_bytes()
        if not data.startswith(MAGIC[: len(data)]):
            raise ReadError(
                f"{self.path}: begins with {data[:10]!r}; expected a file of layers, {MAGIC!r}"
            )
        self._size = len(data)
        found = scan(data) if len(data) >= len(MAGIC) else None
        keep = 0 if found is None else found.end
        if found is None or not found.gave_up:
            os.truncate(self.path, keep)
            self._size = keep
        if found is not None and found.sections:
            last = found.sections[-1]
            self._every = last.every
            self._num_offered = found.num_rows * last.every
            if (last.gradients, last.activations) == (GRADIENT_STATISTICS, ACTIVATION_STATISTICS):
                self._described = (last.parameters, last.modules)
                self._crc, self._num_values, self._in_file = last.crc, last.num_values, True

    def _thin(self, num_bytes: int) -> None:
        """Take every second row out of the file until `num_bytes` more fit."""
        while self._size + num_bytes > self._most_bytes:
            found = scan(self.path.read_bytes())
            if found.num_rows < 2:
                raise OSError(
                    errno.EFBIG, f"a row takes {num_bytes} bytes, the file may have "
                    f"{self._most_bytes}: raise the cap or watch fewer layers", str(self.path),
                )  # fmt: skip
            self._every *= 2
            whole, index = [MAGIC], 0
            for section in found.sections:
                rows = section.table()[index % 2 :: 2]
                index += section.num_rows
                last = section is found.sections[-1]
                if len(rows):
                    header = section.header(self._every)
                    whole += [header, encode_rows(crc_of(header), rows)]
                    self._crc = crc_of(header)
                elif last:
                    self._in_file = False
            self._replace(b"".join(whole))

    def _partial(self) -> Path:
        return self.path.with_name(f".{self.path.name}.partial")

    def _replace(self, data: bytes) -> None:
        partial = self._partial()
        try:
            partial.write_bytes(data)
            os.replace(partial, self.path)
        finally:
            partial.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._size = len(data)
