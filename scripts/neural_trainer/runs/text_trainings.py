"""Where in a text log one training ends and another begins, though no counter starts again.

Counters that start again are told by `sessions`. Here it is a line that ends a training, such as
the Hugging Face Trainer's with `train_runtime`, or another program, which counts by other names.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.run import Array
from neural_trainer.runs.sessions import MOST_RUNS
from neural_trainer.runs.text_log import Group

Gathered = list[tuple[Group, Array]]

_FEWEST = 3  # lines with a loss, by which another program is known


def trainings(live: Gathered) -> list[Gathered]:
    """Return the groups of lines of each training in turn, one where nothing tells of several."""
    edges = _after_ends(live) or _between_programs(live)
    if not 0 < len(edges) < MOST_RUNS:
        return [live]
    bounds = [-np.inf, *edges, np.inf]
    parts = [
        [(g, t[keep]) for g, t in live if (keep := (t[:, 0] > a) & (t[:, 0] <= b)).any()]
        for a, b in pairwise(bounds)
    ]
    # What has no metric, such as a bar behind the last line, is of the training before it.
    return [part for part in parts if any(group.keys for group, _ in part)]


def _after_ends(live: Gathered) -> list[float]:
    """Return the last line of each training but the last, where lines say that one has ended.

    An evaluation of it may follow, at the same count or at none.
    """
    ends = np.sort(np.concatenate([[], *(t[:, 0] for g, t in live if g.plan.closes)]))
    following = [(g, t) for g, t in live if g.keys and g.plan.counters]
    edges = list[float]()
    for at, end in enumerate(ends.tolist()):
        stop = ends[at + 1] if at + 1 < len(ends) else np.inf
        begins = [first for g, t in following if (first := _goes_on(g, t, end, stop, following))]
        edges += [np.nextafter(min(begins), -np.inf)] if begins else []
    return edges


def _goes_on(group: Group, table: Array, end: float, stop: float, all_of: Gathered) -> float:
    """Return the first line after `end`, up to `stop`, that is of another training; 0 for none."""
    after = table[(table[:, 0] > end) & (table[:, 0] <= stop)]
    if len(after) and all(names.split(key) != "train" for key in group.keys):
        kind = group.plan.counters[0].kind
        before = [
            (row[0], row[1])
            for g, t in all_of
            if g.plan.counters[0].kind == kind and len(row := t[t[:, 0] <= end][-1:].ravel())
        ]
        after = after[after[:, 1] != max(before)[1]] if before else after
    return float(after[0, 0]) if len(after) else 0.0


def _between_programs(live: Gathered) -> list[float]:
    """Return where lines of a loss begin after the last ones that another counter goes with."""
    courses = [(g, t) for g, t in live if g.keys and g.plan.counters and _is_course(g, t)]
    edges = list[float]()
    for group, table in courses:
        start = table[0, 0]
        others = [(g, t) for g, t in courses if g is not group and t[0, 0] < start]
        kinds = {counter.kind for counter in group.plan.counters}
        if kinds == {"batch"}:  # a pass over some data, of which nothing says that it trains
            continue
        if others and all(
            t[-1, 0] < start and kinds.isdisjoint(c.kind for c in g.plan.counters)
            for g, t in others
        ):
            edges.append(max(t[t[:, 0] < start, 0].max(initial=0) for g, t in live if g.keys))
    return sorted(set(edges))


def _is_course(group: Group, table: Array) -> bool:
    """Return whether lines tell of the loss of a training, in rising order."""
    if len(table) < _FEWEST or group.plan.evaluated or (np.diff(table[:, 1]) < 0).any():
        return False
    return any(names.canonical(key) in ("loss", "reward") for key in group.keys)
