"""A page of HTML that needs nothing else: no network, no script, no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.page_style import STYLE
from neural_trainer.runs.plain_text import printable

LONGEST = 400  # characters of one value of a log or a config
MOST_ROWS = 400  # of a table of facts
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, parts: Sequence[str]) -> str:
    """Return a page of what is HTML already; empty parts are left out."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>\n"
        + "\n".join(filter(None, parts))
        + "\n</body></html>\n"
    )


def write_page(text: str, path: str | Path) -> None:
    """Write a page. Raises NeuralTrainerError where it cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise NeuralTrainerError(f"{path} cannot be written: {error.strerror or error}") from error


def shown(text: str, most: int = LONGEST) -> str:
    """Return text of whatever origin as it may stand in a page."""
    return escape(printable(text, most), quote=True)


def section(title: str, inner: str) -> str:
    """Return a heading and what stands below it; nothing where that is nothing."""
    return f"<h2>{title}</h2>\n{inner}" if inner else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells of plain text; nothing without a row."""
    top = "".join(f"<th>{shown(cell)}</th>" for cell in head)
    lines = ["".join(f"<td>{shown(cell)}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>' if rows else ""


def words(lines: str) -> str:
    """Return text as a terminal would show it, each line printable by itself."""
    told = "\n".join(shown(line, 10 * LONGEST) for line in lines.split("\n"))
    return f"<pre>{told}</pre>"


def facts(tree: Mapping[str, Any]) -> str:
    """Return the values of a tree by their dotted names, folded away but on paper."""
    found = list(flat(tree))
    rows = [row(name, shown(value)) for name, value in found[:MOST_ROWS]]
    if len(found) > MOST_ROWS:
        rows.append(row("…", f"{len(found) - MOST_ROWS} more values are left out"))
    return "".join(rows)


def row(name: str, told: str) -> str:
    """Return a row of a table; told: HTML."""
    return f"<tr><td>{shown(name, 120)}</td><td>{told}</td></tr>"


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value of a tree with its dotted name; a list of plain values is one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, item in enumerate(value):
            yield from flat(item, f"{name}.{index}")
    elif value is not None:
        yield name, " ".join(map(str, value)) if isinstance(value, list) else str(value)
