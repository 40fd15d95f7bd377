"""The configurations of several runs side by side, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from neural_trainer.live.masking import masked
from neural_trainer.live.plain_config import plain
from neural_trainer.runs.plain_text import printable
from neural_trainer.runs.run import Run
from neural_trainer.study.pairs import flat

LONGEST = 400  # characters of a value
MOST_KEYS = 5000


class Entry(NamedTuple):
    """One key. values: as text, one a run, None where a run does not have it."""

    key: str
    values: tuple[str | None, ...]
    differs: bool


def config_table(runs: Sequence[Run]) -> list[Entry]:
    """Return each key of the configs of `runs`, those in which they differ first.

    A run without a configuration differs in nothing: it is not known.
    """
    trees = [dict(flat(masked(plain(dict(run.config))))) if run.config else {} for run in runs]
    keys = sorted({key for tree in trees for key in tree})[:MOST_KEYS]
    entries = []
    for key in keys:
        # Compared before they are cut: two long values may begin alike.
        values = [_text(tree[key]) if key in tree else None for tree in trees]
        shown = tuple(None if value is None else printable(value, LONGEST) for value in values)
        held = [value for value, tree in zip(values, trees, strict=True) if tree]
        differs = any(value != held[0] for value in held)
        entries.append(Entry(printable(key), shown, differs))
    return sorted(entries, key=lambda entry: not entry.differs)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
