"""What was mended in source, as a diff for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neural_trainer.inspect.lint.mending import Mended
from neural_trainer.runs.plain_text import shown_path

SCHEMA = "neural-trainer/fix/1"


def to_text(mended: Sequence[Mended], paths: Sequence[str], *, applied: bool) -> str:
    """Return the diff, how much was mended and what is left, and the next command."""
    changed = [each for each in mended if each.fixed]
    num_fixed = sum(len(each.fixed) for each in changed)
    num_left = sum(len(each.left) for each in mended)
    where = f"in {len(changed)} file{'s' * (len(changed) != 1)}"
    done = "mended" if applied else "can be mended"
    left = f"; {num_left} left, which take a decision" if num_left else ""
    given = " ".join(shown_path(Path(path)) for path in paths)
    if changed:
        following = f"lint {given}" if applied else f"fix --apply {given}"
    else:
        rule = next((finding.rule for each in mended for finding in each.left), "")
        following = f"explain {rule}" if rule else f"lint {given}"
    lines = [_shown(each.diff()) for each in changed]
    return "\n".join(
        [*lines, f"{num_fixed} {done} {where}{left}", f"Next: neural-trainer {following}"]
    )


def to_dict(mended: Sequence[Mended], *, applied: bool) -> dict[str, Any]:
    """Return the same as JSON holds it."""
    return {
        "schema": SCHEMA,
        "applied": applied,
        "files": [
            {
                "path": each.path,
                "fixed": [{"rule": f.rule, "line": f.line, "saw": f.saw} for f in each.fixed],
                "left": [{"rule": f.rule, "line": f.line, "saw": f.saw} for f in each.left],
                "diff": each.diff(),
            }
            for each in mended
        ],
    }


def _shown(diff: str) -> str:
    """Return a diff without what a terminal would obey; tabs and line feeds stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in diff)
