"""The code cells of a notebook as one file of Python, and where each line of it came from."""

from __future__ import annotations

import ast
import json
import re
from typing import NamedTuple

from neural_trainer.inspect.lint.finding import Unread

_MAGIC = re.compile(r"^(\s*)(?:[%!].*|[\w.]+\s*=\s*[%!].*|\?\S.*|[\w.]+\?{1,2}\s*)$")
_TIMED = re.compile(r"%%(?:time|timeit|capture|prun)\b")  # their cells are Python all the same


class Notebook(NamedTuple):
    """text: all cells that are Python, in order; starts: first line of each, and its number."""

    text: str
    starts: list[tuple[int, int]]
    unread: list[Unread]

    def place(self, line: int) -> tuple[int, int]:
        """Return the code cell, from 1, that holds a line of `text`, and its line there."""
        first, cell = max(start for start in self.starts if start[0] <= line)
        return cell, line - first + 1


def read_notebook(document: str, path: str) -> Notebook:
    """Return the code of a notebook: magics become `pass`, a cell that is no Python is left out.

    Raises ValueError where `document` is no notebook.
    """
    cells = _cells(json.loads(document))
    lines: list[str] = []
    starts, unread = [], []
    for number, cell in enumerate(cells, 1):
        code = _python(cell)
        try:
            ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            unread.append(Unread(path, 1, f"code cell {number} is no Python and was left out"))
            continue
        starts.append((len(lines) + 1, number))
        lines += code.split("\n")
    return Notebook("\n".join(lines) + "\n", starts or [(1, 1)], unread)


def _cells(document: object) -> list[str]:
    """Return the text of each code cell, of formats 3 and 4."""
    if not isinstance(document, dict):
        raise ValueError("no notebook: not an object")
    sheets = document.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [document]
    found = []
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if not isinstance(cells, list):
            raise ValueError("no notebook: it has no cells")
        for cell in cells:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                source = cell.get("source", cell.get("input", ""))
                found.append("".join(source) if isinstance(source, list) else str(source))
    return found


def _python(cell: str) -> str:
    """Return a cell with `pass` in the place of each magic, so that lines keep their numbers."""
    lines = cell.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not _TIMED.match(first):
        return "pass" + "\n" * (len(lines) - 1)
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join(_MAGIC.sub(r"\1pass", line) for line in lines)
    return cell
