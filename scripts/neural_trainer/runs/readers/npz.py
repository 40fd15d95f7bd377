"""NumPy's .npz archives of curves: Stable-Baselines3's evaluations.npz, or arrays of one length.

EvalCallback writes `timesteps`, (n,), `results` and `ep_lengths`, (n, episodes of an evaluation),
and `successes`: the means over the episodes are eval/reward and eval/episode_length. Otherwise each
array of one dimension is a column; those of the most common length make one run, others are left
out. Pickled objects are never loaded, and the sizes are checked before any array is.
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column
from neural_trainer.runs.lines import one_line
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run

NAME = "numpy-archive"

_LARGEST = 1 << 28  # bytes of all arrays together
_MOST = 1000  # arrays
# The header of an array of plain numbers: its type, its order in memory and its shape.
_HEADER = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|[\x02\x03]\x00....)\{'descr': '([<>|=]?[fiub]\d{1,2})', "
    rb"'fortran_order': (True|False), 'shape': \(([\d, ]{0,60})\), *\} *\n", re.S
)  # fmt: skip
_HEAD = 1 << 10  # bytes; such a header takes 128, or 192
# What zipfile and zlib raise at what is none, and at what Python was built without.
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError,
    RuntimeError, ValueError, TypeError, OverflowError, struct.error,
)  # fmt: skip
_EVALUATIONS = {
    "results": "eval/mean_reward", "ep_lengths": "eval/mean_ep_length",
    "successes": "eval/success_rate",
}  # fmt: skip


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file is a ZIP archive whose first member is an array."""
    return head.startswith(b"PK\x03\x04") and b".npy" in head[30:400]


def read(path: Path) -> list[Run]:
    """Return the run whose curves the arrays are."""
    try:
        arrays, odd = _arrays(path)
    except _BROKEN as error:
        why = one_line(error) or type(error).__name__
        raise ReadError(f"{path}: a NumPy archive that cannot be read ({why})") from error
    if {"timesteps", "results"} <= arrays.keys() and arrays["results"].ndim == 2:
        arrays = _evaluations(arrays)
    flat = {name: array for name, array in arrays.items() if array.ndim == 1 and len(array)}
    if not flat:
        raise ReadError(f"{path}: a NumPy archive without an array of one dimension of numbers")
    ((length, _),) = Counter(map(len, flat.values())).most_common(1)
    odd += [name for name in arrays if name not in flat or len(flat[name]) != length]
    row = np.arange(length)
    columns = {name: Column(row, a) for name, a in flat.items() if len(a) == length}
    notes = (
        [f"arrays that are no columns, left out: {', '.join(map(shown_name, odd[:5]))}"]
        if odd
        else []
    )
    return to_runs(Table(path.stem, str(path), NAME, columns, length, notes=notes))


def _arrays(path: Path) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """Return the arrays of numbers by name, and the names of the others."""
    arrays, odd, left = dict[str, NDArray[np.float64]](), list[str](), _LARGEST
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist()[:_MOST]:
            name = member.filename.removesuffix(".npy")
            with archive.open(member) as file:
                head = file.read(_HEAD)
                match = _HEADER.match(head)
                if match is None:
                    odd.append(name)
                    continue
                dtype = np.dtype(match[1].decode())
                shape = tuple(map(int, re.findall(rb"\d+", match[3])))
                size = math.prod(shape) * dtype.itemsize
                if not 1 <= len(shape) <= 2 or size > left:
                    odd.append(name)
                    continue
                left -= size
                data = head[match.end() : match.end() + size]
                data += file.read(size - len(data))
            array = np.frombuffer(data, dtype).reshape(
                shape, order="F" if match[2] == b"True" else "C"
            )
            arrays[name] = array.astype(np.float64)
    return arrays, odd


def _evaluations(arrays: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return the means of each evaluation's episodes, beside the steps."""
    means = {"timesteps": arrays["timesteps"]}
    for name, own in _EVALUATIONS.items():
        if name in arrays and arrays[name].ndim == 2 and arrays[name].shape[1]:
            means[own] = arrays[name].mean(axis=1)
    return means
