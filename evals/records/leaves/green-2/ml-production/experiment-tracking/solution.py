import json


def _records(path):
    """Every whole record, also where a half line stands before it on the same line."""
    decoder = json.JSONDecoder()
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            at = line.find("{")
            while at >= 0:
                try:
                    record, end = decoder.raw_decode(line, at)
                except ValueError:
                    end = at + 1  # a half record: try from the next brace on
                else:
                    if isinstance(record, dict) and "event" in record:
                        yield record
                at = line.find("{", end)


def history(path: str) -> dict:
    steps, evals = [], []  # of the model as it stands after the lines read so far
    past = []  # (steps, evals) of each attempt, with what it went on from, as it ended
    computed, busy = 0, 0.0
    begun = last = None

    for record in _records(path):
        event, time = record["event"], record.get("time")
        if event == "start":
            if begun is not None:
                busy += last - begun
            if begun is not None or steps:
                past.append((steps, evals))
            begun = last = time
            origin = record["from_step"]
            steps, evals = [], []
            if origin > 0 and past:
                # The checkpoint is the latest one of that step: of the last attempt that got so
                # far, which need not be the one just before.
                reached = [old for old in past if old[0] and old[0][-1]["step"] >= origin]
                from_steps, from_evals = reached[-1] if reached else past[-1]
                steps = [old for old in from_steps if old["step"] <= origin]
                evals = [old for old in from_evals if old["step"] <= origin]
            continue
        if begun is None:
            begun = time
        last = time
        if event == "step":
            computed += 1
            steps.append(record)
        elif event == "eval":
            evals.append(record)
    if begun is not None:
        busy += last - begun

    scored = [old for old in evals if old["loss"] == old["loss"]]  # NaN is never the lowest
    best = min(scored, key=lambda old: old["loss"], default=None)
    return {
        "steps": [old["step"] for old in steps],
        "losses": [old["loss"] for old in steps],
        "tokens": sum(old["tokens"] for old in steps),
        "best_eval": None if best is None else [best["step"], best["loss"]],
        "lost_steps": computed - len(steps),
        "busy_s": busy,
    }
