"""The scenarios of the leaves and what their graders say of an answer."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "evals" / "leaves"
RECORDS = ROOT / "evals" / "records" / "leaves"
ARMS = ("red-1", "red-2", "green-1", "green-2")
"""Without the leaf and with it, each twice, by models that had seen neither before."""


class Scenario(NamedTuple):
    """What a user asks on a leaf's subject, with its grader and a right and a wrong answer."""

    pack: str
    leaf: str

    @property
    def folder(self) -> Path:
        """Where it lies: question.md, grade.py, good/, bad/, and files/ where it speaks of any."""
        return SCENARIOS / self.pack / self.leaf

    def recorded(self, arm: str) -> Path:
        """Return the folder of the answer that was given in an arm."""
        return RECORDS / arm / self.pack / self.leaf


def scenarios() -> list[Scenario]:
    """Return every scenario, by pack and leaf."""
    return [
        Scenario(path.parent.parent.name, path.parent.name)
        for path in sorted(SCENARIOS.glob("*/*/question.md"))
    ]


def why_not(scenario: Scenario, answer: Path) -> str | None:
    """Return why an answer does not pass, None where it does.

    answer: a folder; it is copied, beside what the prompt speaks of, so that it stays as it is.
    """
    if not answer.is_dir() or not any(answer.iterdir()):
        return "there is no answer"
    spec = importlib.util.spec_from_file_location("grader", scenario.folder / "grade.py")
    assert spec is not None
    assert spec.loader is not None
    grader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(grader)
    with tempfile.TemporaryDirectory() as folder:
        for part in (scenario.folder / "files", answer):
            if part.is_dir():
                shutil.copytree(part, folder, dirs_exist_ok=True)
        reason = grader.grade(Path(folder))
    return None if reason is None else " ".join(str(reason).split())[:200]


def verdicts() -> Iterator[tuple[Scenario, str, str | None]]:
    """Yield each recorded answer's scenario, arm, and why it does not pass."""
    for scenario in scenarios():
        for arm in ARMS:
            if scenario.recorded(arm).is_dir():
                yield scenario, arm, why_not(scenario, scenario.recorded(arm))
