"""Whether a program in which nothing was wrong still does what it did."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from case_program import DoesNotRun, run, verdict

WIDEST = 1e-3  # between two predictions of the same row: the same arithmetic on the same machine


def why_changed(folder: Path, case: Path, data: Mapping[str, str]) -> str | None:
    """Return why an answer does not pass: other predictions than the program's, or no such verdict.

    folder: the answer. case: the folder that holds files/, the program as it was given.
    """
    with tempfile.TemporaryDirectory() as given:
        shutil.copytree(case / "files", given, dirs_exist_ok=True)
        before = run(Path(given), data).numbers()
    try:
        after = run(folder, data).numbers()
    except DoesNotRun as error:
        return str(error)
    moved = np.abs(after - before).max()
    if not moved <= WIDEST:
        return f"nothing was wrong, and a prediction moved by {moved:.3f}"
    if verdict(folder) != "nothing wrong":
        return f"the verdict is {verdict(folder)!r}, not 'nothing wrong'"
    return None
