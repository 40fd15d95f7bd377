"""Tables of HTML, as notebooks show a training's progress, rewritten as tables of text."""

from __future__ import annotations

import html
import re

from neural_trainer.runs.columns import number
from neural_trainer.runs.line_tables import header_of

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_MOST_ROWS = 100_000


def with_tables_as_text(source: str) -> str:
    """Return HTML with each table of a training in bars, a line a row, and without other tables.

    >>> with_tables_as_text("<table><tr><th>epoch</th><th>loss</th></tr><tr><td>1</td><td>2</td>"
    ...     "</tr></table>").split(chr(10))
    ['', '| epoch | loss |', '| 1 | 2 |', '']
    """
    return _TABLE.sub(lambda table: _as_text(table[0]), source)


def holds_training(source: str) -> bool:
    """Return whether a table names metrics, and a row holds their numbers."""
    return any(_as_text(table[0]).count("\n") > 2 for table in _TABLE.finditer(source))


def _as_text(table: str) -> str:
    """Return a table in bars, nothing where its columns are no metrics."""
    rows = [_cells(row[1]) for row in _ROW.finditer(table)][:_MOST_ROWS]
    if len(rows) < 2:
        return "\n"
    if rows[0] and not rows[0][0]:  # the index of a DataFrame
        if any(number(row[0]) is None for row in rows[1:] if row):
            return "\n"
        rows = [row[1:] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if header_of(lines[0]) is None:
        return "\n"
    return "\n" + "\n".join(lines) + "\n"


def _cells(row: str) -> list[str]:
    cells = (html.unescape(_TAG.sub(" ", cell[1])) for cell in _CELL.finditer(row))
    return [" ".join(cell.replace("|", " ").split()) for cell in cells]
