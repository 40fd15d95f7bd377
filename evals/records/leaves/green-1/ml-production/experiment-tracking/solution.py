"""The history of the present model from a log of several attempts."""

import json
import math
import re


class _Attempt:
    def __init__(self, start, from_step):
        self.start = self.last = start
        self.from_step = from_step
        self.steps = {}  # step -> (loss, tokens)
        self.evals = []  # (step, loss)
        self.reached = from_step  # last step that may have been computed
        self.line = []  # segments (attempt, first step left out, last step) of its model


def _records(path):
    """Readable objects in order; for what is no object, the text of it."""
    decode = json.JSONDecoder().raw_decode
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            at, broken = line.find("{"), None
            while at >= 0:
                try:
                    record, end = decode(line, at)
                except ValueError:  # half a line, perhaps with a whole one glued to it
                    broken = at if broken is None else broken
                    at = line.find("{", at + 1)
                    continue
                if broken is not None:
                    yield line[broken:at]
                    broken = None
                yield record
                at = line.find("{", end)
            if broken is not None:
                yield line[broken:]


def _may_be_step(text, step):
    """Could this half a line have been the record of that step?"""
    head = '{"event": "step", "step": '
    number = re.match(re.escape(head) + r"(\d+)", text)
    if number:
        found, after = number[1], text[number.end() : number.end() + 1]
        return found == str(step) if after == "," else str(step).startswith(found)
    return head.startswith(text.rstrip("\r\n"))


def _checkpoint(attempts, step):
    """Segments of the model that was saved at a step: the newest attempt that computed it."""
    if step <= 0:
        return []
    for attempt in reversed(attempts):
        if step in attempt.steps or attempt.from_step < step <= attempt.reached:
            break
    else:  # not in the log: the newest model, as far as it is known
        if not attempts:
            return []
        attempt = attempts[-1]
    return [
        (owner, low, min(high, step))
        for owner, low, high in [*attempt.line, (attempt, attempt.from_step, math.inf)]
        if low < step
    ]


def history(path: str) -> dict:
    attempts = []
    for record in _records(path):
        if isinstance(record, str):
            # A checkpoint may have been saved though the line of its step was cut off.
            if attempts and _may_be_step(record, attempts[-1].reached + 1):
                attempts[-1].reached += 1
            continue
        event, time = record.get("event"), record.get("time")
        if event == "start":
            attempt = _Attempt(time, record["from_step"])
            attempt.line = _checkpoint(attempts, attempt.from_step)
            attempts.append(attempt)
            continue
        if not attempts:  # the line of the first start is unreadable
            first = record.get("step", 0) - (event == "step")
            attempts.append(_Attempt(time, first))
        attempt = attempts[-1]
        if time is not None:
            attempt.last = time
        if event == "step":
            attempt.steps[record["step"]] = record["loss"], record["tokens"]
            attempt.reached = max(attempt.reached, record["step"])
        elif event == "eval":
            attempt.evals.append((record["step"], record["loss"]))

    kept, evals = {}, []
    if attempts:
        present = attempts[-1]
        for owner, low, high in [*present.line, (present, present.from_step, math.inf)]:
            kept.update((s, row) for s, row in owner.steps.items() if low < s <= high)
            evals += [found for found in owner.evals if found[0] <= high]
    evals = [found for found in evals if not math.isnan(found[1])]
    best = min(evals, key=lambda found: found[1], default=None)
    steps = sorted(kept)
    return {
        "steps": steps,
        "losses": [kept[s][0] for s in steps],
        "tokens": sum(kept[s][1] for s in steps),
        "best_eval": None if best is None else list(best),
        "lost_steps": sum(len(attempt.steps) for attempt in attempts) - len(steps),
        "busy_s": float(sum(attempt.last - attempt.start for attempt in attempts)),
    }
