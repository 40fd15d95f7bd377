"""Which run before belongs to which after: by seed, else by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from neural_trainer.live.masking import masked
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run

By = Literal["seed", "name", "plan", "none"]
# The key whose seed is meant where a config names several, best first.
_FIRST_SEEDS = ("seed", "training.seed", "random_seed", "train.seed", "args.seed")
_SEED_KEY = re.compile(r"(?:^|[._-])seed$", re.IGNORECASE)
# seed3, seed-3, seed_3, or an s before digits that stands alone.
_SEED_IN_NAME = re.compile(r"seed[-_=. ]?(\d{1,10})|(?<![a-z0-9])s(\d{1,10})(?![a-z0-9])", re.I)
_NAMES_OF_RUNS = re.compile(
    r"^(?:run\.)?(?:name|folder)$"
    r"|(?:^|\.)(?:run_name|run_id|exp_name|experiment_name|output_dir|log_dir|logging_dir|timestamp)$"
)
_TOLD = 3  # names and keys in a sentence


@dataclass(frozen=True)
class Pairing:
    """Places (before, after) of runs that belong together; none where nothing pairs them.

    notes: why not, or what was left out, for people.
    """

    by: By
    pairs: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def pair(before: Sequence[Run], after: Sequence[Run]) -> Pairing:
    """Return the pairs of two sides: at least two, and half of the smaller side."""
    notes: list[str] = []
    for by, keys in (("seed", seed_of), ("name", _last_name)):
        left, right = [keys(run) for run in before], [keys(run) for run in after]
        twice = next((key for key in (_twice(left), _twice(right)) if key is not None), None)
        if by == "seed" and twice is not None:
            notes.append(f"seed {twice} stands more than once on a side: not paired by seed")
        common = [key for key in left if key is not None and key in right]
        if twice is not None or len(common) < max(2, min(len(left), len(right)) / 2):
            if by == "seed" and twice is None and None not in (*left, *right):
                shared = f"only {len(common)}" if common else "no"
                several = max(len(left), len(right)) > 1
                notes += [f"{shared} seed in common: not paired"] if several else []
                return Pairing("none", (), tuple(notes))
            continue
        places = tuple((left.index(key), right.index(key)) for key in common)
        lone = [run.name for key, run in zip(left, before, strict=True) if key not in common]
        lone += [run.name for key, run in zip(right, after, strict=True) if key not in common]
        if lone:
            notes.append(f"left out, without a partner: {few(lone)}")
        return Pairing("seed" if by == "seed" else "name", places, tuple(notes))
    return Pairing("none", (), tuple(notes))


def seed_of(run: Run) -> int | None:
    """Return the seed that a run's config names, else that in its name; None where neither does."""
    seeds = {
        key: value for key, value in flat(run.config)
        if _SEED_KEY.search(key) and isinstance(value, int) and not isinstance(value, bool)
    }  # fmt: skip
    for key in _FIRST_SEEDS:
        if key in seeds:
            return int(seeds[key])
    if len(seeds) == 1:
        return int(next(iter(seeds.values())))
    found = _SEED_IN_NAME.findall(run.name)
    return int(found[-1][0] or found[-1][1]) if found else None


def flat(config: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of nested mappings with its path.

    >>> dict(flat({"a": {"b": 1}, "c": 2}))
    {'a.b': 1, 'c': 2}
    """
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield from flat(value, f"{above}.{key}" if above else str(key))
    else:
        yield above, config


def differing(runs: Sequence[Run]) -> list[str]:
    """Return the keys, seeds and names of runs aside, in which the configs of `runs` differ."""
    trees = [
        {k: v for k, v in flat(run.config) if not (_SEED_KEY.search(k) or _NAMES_OF_RUNS.search(k))}
        for run in runs
        if run.config
    ]
    keys = dict.fromkeys(key for tree in trees for key in tree)
    return [k for k in keys if any(tree.get(k) != trees[0].get(k) for tree in trees)]


def change(before: Run, after: Run) -> str:
    """Return in what the config of `after` differs, with the values; "" where in nothing.

    What looks like a secret is not told.
    """
    keys = differing([before, after])
    configs = [dict(flat(masked(dict(run.config)))) for run in (before, after)]
    told = [
        f"{shown_name(key, 32)} from " + " to ".join(_shown_value(c, key) for c in configs)
        for key in keys[:_TOLD]
    ]
    return ", ".join(told) + (f" and {len(keys) - _TOLD} more" if len(keys) > _TOLD else "")


def no_replicas(side: str, runs: Sequence[Run]) -> str | None:
    """Say in what the runs of one side differ besides their seeds; None where in nothing."""
    keys = differing(runs)
    return f"runs {side} differ in more than their seeds: {few(keys)}" if keys else None


def _shown_value(config: Mapping[str, Any], key: str) -> str:
    return shown_name(str(config[key]), 24) if key in config else "nothing"


def few(names: Sequence[str]) -> str:
    """Return names with commas, those past the first three as their number."""
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(shown_name(name, 32) for name in names[:_TOLD]) + more


def _last_name(run: Run) -> str | None:
    return run.name.rpartition("/")[2] or None


def _twice(keys: Sequence[object]) -> object | None:
    counts = Counter(key for key in keys if key is not None)
    return next((key for key, count in counts.items() if count > 1), None)
