"""The lineage of the present model, out of a log of attempts."""

import json
import math


def objects(text):
    decoder = json.JSONDecoder()
    for line in text.splitlines():
        at = line.find("{")
        while at >= 0:
            try:
                found, end = decoder.raw_decode(line, at)
                yield found
            except ValueError:
                end = at + 1
            at = line.find("{", end)


def history(path):
    with open(path) as file:
        events = list(objects(file.read()))
    steps, evals, computed, busy, began, last = {}, {}, 0, 0.0, None, None
    for event in events:
        if event["event"] == "start":
            if began is not None:
                busy += last - began
            began = event["time"]
            kept = event["from_step"]
            steps = {n: row for n, row in steps.items() if n <= kept}
            evals = {n: loss for n, loss in evals.items() if n <= kept}
        elif event["event"] == "step":
            steps[event["step"]] = event
            computed += 1
        elif event["event"] == "eval":
            evals[event["step"]] = event["loss"]
        last = event["time"]
    if began is not None:
        busy += last - began
    finite = [(loss, n) for n, loss in evals.items() if math.isfinite(loss)]
    best = min(finite, default=None)
    return {
        "steps": sorted(steps),
        "losses": [steps[n]["loss"] for n in sorted(steps)],
        "tokens": sum(row["tokens"] for row in steps.values()),
        "best_eval": [best[1], best[0]] if best else None,
        "lost_steps": computed - len(steps),
        "busy_s": busy,
    }
