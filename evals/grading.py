"""The scenarios of the leaves, at ease and under pressure, the cases, and what graders say."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from subprocess import TimeoutExpired
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "evals" / "leaves"
PRESSURE = ROOT / "evals" / "pressure"
CASES = ROOT / "evals" / "cases"
RECORDS = ROOT / "evals" / "records"
ARMS = ("red-1", "red-2", "green-1", "green-2")
"""Without the leaf, or the plugin, and with it, each twice, by models that had seen neither."""


class Scenario(NamedTuple):
    """What a user asks on a leaf's subject, with its grader and a right and a wrong answer."""

    pack: str
    leaf: str

    @property
    def name(self) -> str:
        """What it is called in reports: as its leaf."""
        return self.leaf

    @property
    def folder(self) -> Path:
        """Where it lies: question.md, grade.py, good/, bad/, and files/ where it speaks of any."""
        return SCENARIOS / self.pack / self.leaf

    def recorded(self, arm: str) -> Path:
        """Return the folder of the answer that was given in an arm."""
        return RECORDS / "leaves" / arm / self.pack / self.leaf


class Pressure(NamedTuple):
    """A deadline, money spent or a superior, against what a leaf of discipline asks for."""

    leaf: str

    @property
    def name(self) -> str:
        """What it is called in reports: as its leaf."""
        return self.leaf

    @property
    def folder(self) -> Path:
        """Where it lies: as a scenario, but bad-WORDS/ for each way to be wrong.

        Answers that are a changed program stand in grade.py as what they replace of it, as a
        case's do: RIGHT and WRONG, by file.
        """
        return PRESSURE / self.leaf

    @property
    def page(self) -> Path:
        """The leaf."""
        return next((ROOT / "skills").glob(f"using-*/{self.leaf}.md"))

    def recorded(self, arm: str) -> Path:
        """Return the folder of the answer that was given in an arm."""
        return RECORDS / "pressure" / arm / self.leaf


class Case(NamedTuple):
    """A program and its log, of which a user tells what is seen, with its grader."""

    name: str

    @property
    def folder(self) -> Path:
        """Where it lies: prompt.md, case.yaml, grade.py; files/, which an answer starts from."""
        return CASES / self.name

    def recorded(self, arm: str) -> Path:
        """Return the folder of the answer that was given in an arm."""
        return RECORDS / "cases" / arm / self.name


def scenarios() -> list[Scenario]:
    """Return every scenario, by pack and leaf."""
    return [
        Scenario(path.parent.parent.name, path.parent.name)
        for path in sorted(SCENARIOS.glob("*/*/question.md"))
    ]


def pressures() -> list[Pressure]:
    """Return every scenario under pressure, by leaf."""
    return [Pressure(path.parent.name) for path in sorted(PRESSURE.glob("*/question.md"))]


def cases() -> list[Case]:
    """Return every case, by name."""
    return [Case(path.parent.name) for path in sorted(CASES.glob("*/grade.py"))]


def edited(text: str, edits: Iterable[tuple[str, str]]) -> str:
    """Return a program with pieces of it replaced. Raises ValueError where one is not there once.

    >>> edited("lr = 1.0", [("1.0", "0.1")])
    'lr = 0.1'
    """
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} is there {text.count(old)} times")
        text = text.replace(old, new)
    return text


def grader_of(one: Scenario | Pressure | Case) -> ModuleType:
    """Return the module of a grade.py."""
    spec = importlib.util.spec_from_file_location("grader", one.folder / "grade.py")
    assert spec is not None
    assert spec.loader is not None
    grader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(grader)
    return grader


def why_not(one: Scenario | Pressure | Case, answer: Path) -> str | None:
    """Return why an answer does not pass, None where it does.

    answer: a folder; it is copied, beside what the prompt speaks of, so that it stays as it is.
    """
    if not answer.is_dir() or not any(answer.iterdir()):
        return "there is no answer"
    with tempfile.TemporaryDirectory() as folder:
        for part in (one.folder / "files", answer):
            if part.is_dir():
                shutil.copytree(part, folder, dirs_exist_ok=True)
        try:
            reason = grader_of(one).grade(Path(folder))
        except TimeoutExpired as error:
            reason = f"it takes more than {error.timeout:g} s"
    return None if reason is None else " ".join(str(reason).split())[:200]
