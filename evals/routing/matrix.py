"""Which pack and leaf were chosen for each blind situation, and how many rightly."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SITUATIONS = ROOT / "evals" / "routing" / "situations.tsv"
ANSWERS = ROOT / "evals" / "records" / "routing" / "answers.tsv"
AIMS = {"pack": 0.95, "leaf": 0.9}


class Routed(NamedTuple):
    """One situation: where it belongs and where it was sent. A skill stands in place of a pack."""

    kind: str
    pack: str
    leaf: str
    chosen: str
    chosen_leaf: str

    @property
    def right_pack(self) -> bool:
        """Whether the right skill would be opened."""
        return self.chosen == (self.leaf if self.pack == "workflow" else self.pack)

    @property
    def right_leaf(self) -> bool:
        """Whether the right leaf would be read, where there is one."""
        return self.right_pack and (
            self.pack in ("workflow", "none") or self.chosen_leaf == self.leaf
        )


def routed() -> list[Routed]:
    """Return every situation with its recorded choice, in the order of the file."""
    rows = [line.split("\t") for line in SITUATIONS.read_text(encoding="utf-8").splitlines()]
    told = [line.split("\t") for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    found = []
    for (situation, pack, leaf, kind), (again, chosen, chosen_leaf) in zip(rows, told, strict=True):
        assert situation == again, f"an answer to another situation: {again[:60]!r}"
        found.append(Routed(kind, pack, leaf, chosen, chosen_leaf))
    return found


def shares(rows: list[Routed]) -> tuple[float, float]:
    """Return the shares of situations sent to the right pack and to the right leaf."""
    packs = sum(row.right_pack for row in rows) / len(rows)
    return packs, sum(row.right_leaf for row in rows) / len(rows)
