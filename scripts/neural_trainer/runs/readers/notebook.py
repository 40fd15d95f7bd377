"""Jupyter notebooks: what their cells printed, and the tables in which Trainers show progress.

Read is the output of each code cell, as a text log, Keras' progress, boosting rounds or the tables
of reinforcement learning would be read from a file; tables of HTML, as fastai and the Hugging Face
Trainer show them, count as tables of text. A cell with several metrics is a run of its own; of a
notebook with such cells those are left out, and said, that show single numbers. Markdown and HTML
pages that hold such a table, as a notebook's export does, are read alike.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.html_tables import holds_training, with_tables_as_text
from neural_trainer.runs.lines import Progress, encoding, text
from neural_trainer.runs.readers import boosting, console_table, keras_progress
from neural_trainer.runs.readers import text as text_log
from neural_trainer.runs.run import Run

NAME = "notebook"

_NOTEBOOK = re.compile(r'\s*\{(?=.*"cells"\s*:)(?=.*"(?:cell_type|nbformat)"\s*:)', re.DOTALL)
_OWN_FORM = (keras_progress, console_table, boosting, text_log)
_PAGES = (".md", ".html", ".htm", ".txt", "")
_HEAD = 1 << 16  # bytes that a reader may judge a format by
_MOST_RUNS = 100


def sniff(head: bytes, path: Path) -> bool:
    """Return whether it is a notebook, or a page with a table of a training."""
    decoded = text(head)
    if decoded is None:
        return False
    if decoded.lstrip()[:1] == "{":
        return _NOTEBOOK.match(decoded) is not None
    return path.suffix in _PAGES and "</table>" in decoded and holds_training(decoded)


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the runs in the outputs, one for each training that a cell shows."""
    data = path.read_bytes()
    decoded = data.decode(encoding(data[:4]), errors="replace").rstrip("\0")
    if progress is not None:
        progress(path, len(data), len(data))
    outputs = _outputs(decoded, path) if decoded.lstrip()[:1] == "{" else iter([decoded])
    found: list[list[Run]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, output in enumerate(outputs):
            runs = _read_output(output, Path(folder) / f"{number}.log")
            found += [runs] if runs else []
    several = [runs for runs in found if any(map(_is_course, runs))]
    left_out = len(found) - len(several) if several else 0
    runs = [run for some in several or found for run in some][:_MOST_RUNS]
    if not runs:
        raise ReadError(f"{path}: no metric in the outputs of its cells; expected a training's log")
    notes = (f"cells that show single numbers, left out: {left_out}",) if left_out else ()
    named = [path.stem] if len(runs) == 1 else [f"{path.stem}#{i + 1}" for i in range(len(runs))]
    return [
        replace(run, name=name, source=str(path), format=NAME, notes=(*run.notes, *notes))
        for run, name in zip(runs, named, strict=True)
    ]


def _is_course(run: Run) -> bool:
    return any(len(series) > 1 for series in run.signals.values())


def _read_output(output: str, path: Path) -> list[Run]:
    """Return the runs in what a cell printed, none where it is no log."""
    shown = with_tables_as_text(output) if "</table>" in output else output
    data = (shown + "\n").encode(errors="replace")
    path.write_bytes(data)
    reader = next((form for form in _OWN_FORM if form.sniff(data[:_HEAD], path)), None)
    try:
        return reader.read(path) if reader is not None else []
    except ReadError:
        return []


def _outputs(decoded: str, path: Path) -> Iterator[str]:
    """Yield what each code cell printed, tables included."""
    try:
        notebook = json.loads(decoded)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path}: a notebook that is no whole JSON ({error})") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        if isinstance(outputs, list):
            yield "".join(_shown(output) for output in outputs if isinstance(output, dict))


def _shown(output: Mapping[str, Any]) -> str:
    """Return the text of one output: what was printed, or the richest form of what was shown."""
    data = output.get("data")
    if not isinstance(data, dict):
        return _joined(output.get("text"))
    rich = _joined(data.get("text/html"))
    return rich if "</table>" in rich else _joined(data.get("text/plain")) + "\n"


def _joined(lines: object) -> str:
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
