"""Tables of HTML, as notebooks show a training's progress, rewritten as tables of text."""

from __future__ import annotations

import html
import re

from neural_trainer.runs.columns import number
from neural_trainer.runs.line_tables import header_of

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL | re.IGNORECASE)
# An opening tag, of bounded length: what is no tag must not be searched through again and again.
_ROW = re.compile(r"<tr\b[^>]{0,500}>", re.IGNORECASE)
_CELL = re.compile(r"<t[hd]\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,500}>")
_MOST_ROWS = 100_000


def with_tables_as_text(source: str) -> str:
    """Return HTML with each table of a training in bars, a line a row, and without other tables.

    >>> with_tables_as_text("<table><tr><th>epoch</th><th>loss</th></tr><tr><td>1</td><td>2</td>"
    ...     "</tr></table>").split(chr(10))
    ['', '| epoch | loss |', '| 1 | 2 |', '']
    """
    end = _end_of_tables(source)
    return _TABLE.sub(lambda table: _as_text(table[0]), source[:end]) + source[end:]


def holds_training(source: str) -> bool:
    """Return whether a table names metrics, and a row holds their numbers."""
    tables = _TABLE.finditer(source[: _end_of_tables(source)])
    return any(_as_text(table[0]).count("\n") > 2 for table in tables)


def _end_of_tables(source: str) -> int:
    return source.lower().rfind("</table>") + len("</table>")


def _as_text(table: str) -> str:
    """Return a table in bars, nothing where its columns are no metrics."""
    rows = [_cells(row) for row in _ROW.split(table)[1 : _MOST_ROWS + 1]]
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
    cells = (html.unescape(_TAG.sub(" ", cell)) for cell in _CELL.split(row)[1:])
    return [" ".join(cell.replace("|", " ").split()) for cell in cells]
