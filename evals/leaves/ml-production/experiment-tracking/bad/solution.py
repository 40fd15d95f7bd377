"""Keeps the last line of each step: what a dead attempt reached beyond it stays."""

import json
import math


def history(path):
    steps, evals, computed, busy, began, last = {}, {}, 0, 0.0, None, 0.0
    with open(path) as file:
        for line in file:
            at = line.rfind('{"event"')
            try:
                event = json.loads(line[max(at, 0) :])
            except ValueError:
                continue
            if event["event"] == "start":
                if began is not None:
                    busy += last - began
                began = event["time"]
            elif event["event"] == "step":
                steps[event["step"]] = event
                computed += 1
            else:
                evals[event["step"]] = event["loss"]
            last = event["time"]
    busy += last - (began or 0.0)
    best = min(((v, k) for k, v in evals.items() if not math.isnan(v)), default=None)
    return {
        "steps": sorted(steps),
        "losses": [steps[n]["loss"] for n in sorted(steps)],
        "tokens": sum(row["tokens"] for row in steps.values()),
        "best_eval": [best[1], best[0]] if best else None,
        "lost_steps": computed - len(steps),
        "busy_s": busy,
    }
