"""Joining: which logs of a folder are parts of one run, and which repeat another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.plain_text import shown_path
from neural_trainer.runs.readers import mlflow_files, tensorboard, wandb_file
from neural_trainer.runs.run import Run, Series

_MONITOR = re.compile(r"(?:.*\.)?monitor\.csv")
_CATBOOST = {"learn_error.tsv": "learn/", "test_error.tsv": "eval/", "time_left.tsv": ""}
_DVCLIVE = (("plots", "metrics"), ("dvclive", "scalars"))  # the folder of its files
_LATEST = "latest-run"  # of wandb: where the folder was copied, a copy of the last run
# pandas writes ten decimals in JSON: of a learning rate of 1e-4 the sixth digit may differ.
_SAME = 1e-5


class Part(NamedTuple):
    """What one log of a folder held, and where it lies."""

    where: Path
    runs: list[Run]


class _Place(NamedTuple):
    """Where a part belongs. own: what its only metric is called there, or None; prefix: of all."""

    kind: str
    home: Path
    own: str | None = None
    prefix: str = ""


def join(parts: Sequence[Part], notes: list[str]) -> list[Part]:
    """Return the logs of a folder with the parts of one run joined; say in `notes` what repeats."""
    groups: dict[tuple[str, Path], list[tuple[Part, _Place]]] = {}
    for number, part in enumerate(parts):
        place = _place(part) if len(part.runs) == 1 else None
        key = (place.kind, place.home) if place else ("", Path(str(number)))
        groups.setdefault(key, []).append((part, place or _Place("", part.where)))
    joined = []
    for (kind, home), members in groups.items():
        # A metric of dvclive's has its split in the name of its folder alone.
        if len(members) == 1 and kind != "catboost" and home.parts[-2:] not in _DVCLIVE:
            joined.append(members[0][0])
        elif kind == "monitor":
            joined.append(Part(home, [_episodes([part.runs[0] for part, _ in members], home)]))
        else:
            named = [(_own(part.runs[0], place), part.runs[0]) for part, place in members]
            joined.append(Part(home, [_whole(named, home)]))
    homes = {home for kind, home in groups if kind == "catboost"}
    return _without_repeats(joined, homes, notes)


def _place(part: Part) -> _Place | None:
    where, (run,) = part
    if run.format == mlflow_files.NAME and where.is_file():
        home, own = mlflow_files.place(where)
        return _Place("mlflow", home, own)
    if where.name in _CATBOOST:
        return _Place("catboost", where.parent, prefix=_CATBOOST[where.name])
    if _MONITOR.fullmatch(where.name) and "reward" in run.signals:
        return _Place("monitor", where.parent)
    if where.suffix == ".tsv" and set(run.logged_as.values()) == {where.stem}:
        home = next((a for a in where.parents if a.parts[-2:] in _DVCLIVE), where.parent)
        return _Place("dvclive", home, where.relative_to(home).with_suffix("").as_posix())
    return None


def _own(run: Run, place: _Place) -> dict[str, Series]:
    """Return a part's signals by the names that they have in the whole."""
    if place.own is not None and len(run.signals) == 1:
        return {place.own: next(iter(run.signals.values()))}
    return {place.prefix + run.logged_as[name]: series for name, series in run.signals.items()}


def _whole(parts: Sequence[tuple[dict[str, Series], Run]], home: Path) -> Run:
    own = {name: series for signals, _ in parts for name, series in signals.items()}
    given = names.assign({name: len(series) for name, series in own.items()})
    first = parts[0][1]
    return replace(
        first,
        name=home.absolute().name,
        source=str(home),
        signals={given[name]: series for name, series in own.items()},
        logged_as={given[name]: name for name in own},
        config={key: value for _, run in parts for key, value in run.config.items()},
        events=tuple(dict.fromkeys(event for _, run in parts for event in run.events)),
        notes=tuple(dict.fromkeys(note for _, run in parts for note in run.notes)),
    )


def _episodes(runs: Sequence[Run], home: Path) -> Run:
    """Return the episodes of several environments as one run's, in the order in which they ended.

    As load_results of Stable-Baselines3 has it: by the time since the first start. Without times
    they follow file by file.
    """
    signals: dict[str, list[Series]] = {}
    for run in runs:
        start = run.config.get("t_start", 0.0)
        for name, series in run.signals.items():
            if series.time is not None and isinstance(start, (int, float)):
                series = replace(series, time=series.time + start)
            signals.setdefault(name, []).append(series)
    done = {}
    for name, parts in signals.items():
        times = [part.time for part in parts if part.time is not None]
        value = np.concatenate([part.value for part in parts])
        time = np.concatenate(times) if len(times) == len(parts) else None
        order = np.arange(len(value)) if time is None else np.argsort(time, kind="stable")
        when = None if time is None else time[order]
        done[name] = Series(np.arange(len(value), dtype=np.float64), value[order], when)
    note = f"episodes of {len(runs)} environments, in the order in which they ended"
    merged = _whole([(dict(run.signals), run) for run in runs], home)
    logged_as = {name: own for run in runs for name, own in run.logged_as.items()}
    return replace(merged, signals=done, logged_as=logged_as, notes=(note, *merged.notes))


def _without_repeats(
    parts: Sequence[Part], catboost: Collection[Path], notes: list[str]
) -> list[Part]:
    """Leave out what says the same again."""
    recorded = {part.where.parent for part in parts if part.runs[0].format == wandb_file.NAME}
    tuned = {part.where.parent for part in parts if part.where.name == "result.json"}
    kept: list[Part] = []
    named: defaultdict[tuple[Path, str], list[Part]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: _LATEST in part.where.parts):
        where, (run, *_) = part
        events = run.format == tensorboard.NAME
        among = kept if _LATEST in where.parts else named[where.parent, where.stem]
        same = next((o for o in among if _may_repeat(o.where, where) and _same(o, part)), None)
        if where.name == "output.log" and {where.parent, where.parent.parent} & recorded:
            notes.append(
                f"{shown_path(where)}: is left out; the .wandb file beside it holds the run"
            )
        elif events and not {where, where.parent}.isdisjoint(catboost):
            notes.append(
                f"{shown_path(where)}: its events are left out; the tables beside them say the same"
            )
        elif (where.name == "progress.csv" and where.parent in tuned) or (
            events and where in tuned
        ):
            notes.append(
                f"{shown_path(where)}: is left out; result.json of Ray holds the same and more"
            )
        elif same is not None:
            notes.append(
                f"{shown_path(where)}: is left out; {shown_path(same.where)} holds the same"
            )
        else:
            kept.append(part)
            named[where.parent, where.stem].append(part)
    order = {id(part): i for i, part in enumerate(parts)}
    return sorted(kept, key=lambda part: order[id(part)])


def _may_repeat(one: Path, other: Path) -> bool:
    """Return whether two logs are two forms of one (history.csv, history.json), or a copy."""
    twins = one.parent == other.parent and one.stem == other.stem and one.is_file()
    return twins or _LATEST in other.parts


def _same(one: Part, other: Part) -> bool:
    if len(one.runs) != len(other.runs):
        return False
    return all(_equal(a, b) for a, b in zip(one.runs, other.runs, strict=True))


def _equal(one: Run, other: Run) -> bool:
    if one.signals.keys() != other.signals.keys():
        return False
    pairs = [(one.signals[name], other.signals[name]) for name in one.signals]
    return all(
        len(a) == len(b)
        and np.array_equal(a.step, b.step)
        and np.allclose(a.value, b.value, rtol=_SAME, atol=1e-9, equal_nan=True)
        for a, b in pairs
    )
