"""How often lint's rules were scored on the planted bugs, and what came of each look.

Each scoring of other rules than the last, on one set, is a look at that set: looks.jsonl keeps it.
Only the first look at a set is blind.
"""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lint_scoring import ROOT, Score

LOOKS = ROOT / "benchmarks" / "lint" / "looks.jsonl"


@dataclass(frozen=True)
class Look:
    """A scoring of one set. named and by_folder: None where they were not counted yet.

    by_folder: how many of a folder's bugs were found.
    """

    set: str
    look: int
    rules: str
    found: int
    planted: int
    false_near: int
    others: int
    note: str
    named: int | None = None
    by_folder: dict[str, int] | None = None


def digest() -> str:
    """Return what tells one state of the rules from another, comments and docstrings left out."""
    whole = hashlib.sha256()
    for path in sorted((ROOT / "scripts/neural_trainer/inspect/lint").rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                body[:] = [each for each in body if not _is_text(each)]
        whole.update(ast.dump(tree).encode())
    return whole.hexdigest()[:12]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def looks(ours: Score, root: Path, note: str, kept: Path = LOOKS) -> list[Look]:
    """Return all looks at a set so far, this one added where its last was at other rules."""
    lines = kept.read_text().splitlines() if kept.is_file() else []
    every = [Look(**json.loads(line)) for line in lines]
    before = [each for each in every if each.set == root.name]
    planted = sum(ours.planted.values())
    if not before or (before[-1].rules, before[-1].planted) != (digest(), planted):
        new = Look(
            root.name,
            len(before) + 1,
            digest(),
            sum(ours.hits.values()),
            planted,
            len(ours.false_near),
            len(ours.others),
            note,
            sum(ours.named.values()),
            {folder: ours.hits[folder] for folder in sorted(ours.planted)},
        )
        before.append(new)
        kept.write_text("".join(json.dumps(asdict(each)) + "\n" for each in [*every, new]))
    return before
