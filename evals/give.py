"""Writes the data/ and out/ that each case is given with: as drawn, and by its program run on it.

`give.py [NAME ...]`: every case, or these.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from case_program import run
from grading import Case, cases, grader_of


def give(case: Case) -> None:
    """Write files/data and files/out anew. Raises DoesNotRun."""
    data: Mapping[str, str] = grader_of(case).draw()
    files = case.folder / "files"
    (files / "data").mkdir(exist_ok=True)
    for name, text in data.items():
        (files / "data" / name).write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(files, folder, dirs_exist_ok=True)
        run(Path(folder), data)
        shutil.rmtree(files / "out", ignore_errors=True)
        shutil.copytree(Path(folder) / "out", files / "out")


def main() -> int:
    """Write those that are named, else all; return 0, or 1 where a name is no case."""
    known = {case.name: case for case in cases()}
    wanted = sys.argv[1:] or sorted(known)
    if unknown := sorted(set(wanted) - set(known)):
        print(f"give: no case {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 1
    for name in wanted:
        give(known[name])
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
