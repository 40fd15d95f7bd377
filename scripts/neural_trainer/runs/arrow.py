"""Large logs as pyarrow reads them: tables on several cores, the numbers of JSON Lines.

Taken is only what `grid` and `decimals` would read alike; any other block is left to them. Needs
the extra `arrow`, which a small log does not import.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.runs.columns import Rows
from neural_trainer.runs.decimals import Bytes, Places
from neural_trainer.runs.grid import Grid
from neural_trainer.runs.run import Array

# Importing pyarrow takes 27 to 40 ms (python -X importtime -c "import numpy, pyarrow.csv"); reading
# by it saves 1 to 4 ms a MB, most on a busy machine (benchmarks/read_logs.py --only CSV).
LARGE = 24 << 20  # bytes of a table from which on it is imported
# A MB of JSON Lines saves 0.7 ms (the same, --only JSON), and pyarrow.compute takes as long again.
LARGE_LINES = 96 << 20  # bytes
_LARGE_ENOUGH = 1 << 20  # where the process has imported it already
_MOST_COLUMNS = 1000  # each costs some microseconds a block
_MOST_REFUSED = 8  # blocks on end; the rest of such a table is not tried
_PARTS = 2  # of a block, cut into cells side by side


class Blocks:
    """How the blocks of one table are read, while they can be."""

    def __init__(self, path: Path) -> None:
        self._left = _MOST_REFUSED if _is_worth_it(path, "pyarrow.csv", LARGE) else 0

    def grids(
        self, block: bytes, start: int, delimiter: str | None, width: int
    ) -> list[Grid] | None:
        """Return the cells of whole lines, `width` to a line, None where they hold more than that.

        start: the place in `block` of the first.
        That is quotes, units, words, comments, lines without a number or of another width. They
        may end in line feeds, carriage returns or both.
        """
        if not self._left or delimiter is None or width > _MOST_COLUMNS:
            return None
        # The one number that pyarrow knows and Python does not is "nan(...)".
        plain = block.find(b"(", start) < 0
        table = _table(block, start, delimiter, width) if plain else None
        grids = [] if table is None else [_grid(batch) for batch in table.to_batches()]
        if not grids or any(map(_has_silent_lines, grids)):
            self._left -= 1
            return None
        self._left = _MOST_REFUSED
        return grids


def reads_numbers(path: Path) -> bool:
    """Return whether the numbers of JSON Lines are to be read by it."""
    return _is_worth_it(path, "pyarrow.compute", LARGE_LINES)


def numbers(text: Bytes, edge: Places, first: Places) -> Array | None:
    """Return the numbers that text[edge[i]:edge[i + 1]] spell for each i of `first`.

    first: (…), the result is of its shape; None where one of them spells none. pyarrow would take
    a "+" before a number, which `text` must not have.
    """
    import pyarrow
    from pyarrow import compute

    parts = [None, pyarrow.py_buffer(edge), pyarrow.py_buffer(text)]
    every = pyarrow.Array.from_buffers(pyarrow.large_string(), len(edge) - 1, parts)
    places = [None, pyarrow.py_buffer(np.ascontiguousarray(first))]
    these = pyarrow.Array.from_buffers(pyarrow.int64(), first.size, places)
    try:
        found = compute.cast(compute.take(every, these), pyarrow.float64())
    except pyarrow.ArrowInvalid:
        return None
    return np.frombuffer(found.buffers()[1], np.float64, first.size).reshape(first.shape)


def _is_worth_it(path: Path, module: str, large: int) -> bool:
    fewest = min(_LARGE_ENOUGH, large) if sys.modules.get(module) else large
    return path.stat().st_size >= fewest and _is_installed()


@lru_cache(maxsize=1)
def _is_installed() -> bool:
    try:
        import pyarrow.csv  # noqa: F401
    except ImportError:
        return False
    return True


def _table(block: bytes, start: int, delimiter: str, width: int) -> Any:
    """Return a table of pyarrow's, None where a cell is neither a number nor empty."""
    import pyarrow
    from pyarrow import csv

    names, parsing, converting = _options(delimiter, width)
    reading = csv.ReadOptions(column_names=names, block_size=(len(block) - start) // _PARTS + 1)
    lines = pyarrow.BufferReader(pyarrow.py_buffer(block).slice(start))
    try:
        return csv.read_csv(lines, reading, parsing, converting)
    except pyarrow.ArrowException:
        return None


@lru_cache(maxsize=4)
def _options(delimiter: str, width: int) -> tuple[list[str], Any, Any]:
    import pyarrow
    from pyarrow import csv

    names = [str(i) for i in range(width)]
    types = dict.fromkeys(names, pyarrow.float64())
    return (
        names,
        csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=types, null_values=[""]),
    )


def _grid(batch: Any) -> Grid:
    every = np.arange(batch.num_rows)
    return Grid(len(every), every, [_numbers(column, every) for column in batch.columns], {})


def _has_silent_lines(grid: Grid) -> bool:
    """Return whether a line holds no number: it may be blank, which is no row."""
    if any(len(row) == grid.num_lines for row, _ in grid.columns):
        return False
    said = np.zeros(grid.num_lines, np.bool_)
    for row, _ in grid.columns:
        said[row] = True
    return not said.all()


def _numbers(column: Any, every: Rows) -> tuple[Rows, Array]:
    """Return the rows of a column that hold a number, and the numbers. every: all rows."""
    bits, numbers = column.buffers()
    stop = column.offset + len(every)
    value = np.frombuffer(numbers, np.float64, stop)[column.offset :]
    if not column.null_count:
        return every, value
    there = np.unpackbits(np.frombuffer(bits, np.uint8), count=stop, bitorder="little")
    row = np.flatnonzero(there[column.offset :])
    return row, value[row]
