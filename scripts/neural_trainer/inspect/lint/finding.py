"""What a rule found in a file, and what could not be looked at."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """A place in a file as a rule gives it: where it is and what was seen there."""

    node: ast.AST
    saw: str


@dataclass(frozen=True, order=True)
class Finding:
    """A training bug at one place. line, column: from 1; cell: of a notebook, from 1, else 0."""

    path: str
    cell: int
    line: int
    column: int
    rule: str
    saw: str
    cause: str = ""

    @property
    def where(self) -> str:
        """Return file, line and column as an editor takes them; in a notebook the cell as well."""
        cell = f":cell {self.cell}" if self.cell else ""
        return f"{self.path}{cell}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Unread:
    """A file, or a comment in it, that could not be taken as it stands, and why: one line."""

    path: str
    line: int
    why: str
