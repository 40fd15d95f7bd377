"""The history of a model that was trained in several attempts, from their common log."""

import json
import math

_DECODER = json.JSONDecoder()


def _events(path):
    """Every whole record, also one glued behind what a killed process left of its last line."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            place = line.find("{")
            while place >= 0:
                try:
                    record, end = _DECODER.raw_decode(line, place)
                except ValueError:
                    end = place + 1  # half a record; records are flat, the next brace may open one
                else:
                    if "event" in record:
                        yield record
                place = line.find("{", end)


class _Node:
    """A state of the model: the step that led to it, and the state before."""

    __slots__ = ("evals", "parent", "record", "step")

    def __init__(self, step, parent=None, record=None):
        self.step, self.parent, self.record, self.evals = step, parent, record, []


def _checkpoint(newest, step):
    """The state that an attempt going on from `step` starts with: the newest that had that step.

    It need not be of the attempt just before. Should the step's line have been lost, the nearest
    state before it stands in.
    """
    if step in newest:
        return newest[step]
    before = [known for known in newest if known < step]
    return newest[max(before)] if before else _Node(0)


def history(path: str) -> dict:
    newest: dict[int, _Node] = {}
    node = _Node(0)
    computed, busy = 0, 0.0
    begun = last = None
    for record in _events(path):
        kind = record["event"]
        if kind == "start":
            if begun is not None:
                busy += last - begun
            begun = record["time"]
            start = record["from_step"]
            node = _checkpoint(newest, start) if start else _Node(0)
        elif kind == "step":
            node = _Node(record["step"], node, record)
            newest[node.step] = node
            computed += 1
        elif kind == "eval":
            state = node
            while state.parent is not None and state.step > record["step"]:
                state = state.parent
            state.evals.append(record)
        if begun is None:
            begun = record["time"]
        last = record["time"]
    if begun is not None:
        busy += last - begun

    kept, evals = [], []
    while node is not None:
        evals.extend(reversed(node.evals))
        if node.record is not None:
            kept.append(node.record)
        node = node.parent
    kept.reverse()
    evals = [e for e in reversed(evals) if e["loss"] is not None and not math.isnan(e["loss"])]
    best = min(evals, key=lambda record: record["loss"], default=None)
    return {
        "steps": [record["step"] for record in kept],
        "losses": [record["loss"] for record in kept],
        "tokens": sum(record["tokens"] for record in kept),
        "best_eval": None if best is None else [best["step"], best["loss"]],
        "lost_steps": computed - len(kept),
        "busy_s": busy,
    }
