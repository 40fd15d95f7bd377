"""The history of the model we hold, from the log of a training that was preempted and resumed."""

import json


def _records(path):
    """All whole records, in order; what a killed process left half-written is passed over."""
    decoder = json.JSONDecoder()
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            at = line.find("{")
            while at >= 0:
                try:
                    record, end = decoder.raw_decode(line, at)
                except ValueError:
                    end = at + 1  # half a record: another may be glued to it
                else:
                    if isinstance(record, dict) and "event" in record and "time" in record:
                        yield record
                at = line.find("{", end)


class _State:
    """The model after one step, and the state that this step started from."""

    __slots__ = ("parent", "step", "loss", "tokens")

    def __init__(self, parent, step, loss=None, tokens=0):
        self.parent, self.step, self.loss, self.tokens = parent, step, loss, tokens


def history(path: str) -> dict:
    head = None  # the state of the running attempt
    latest = {}  # step -> the last state that was computed for it, which its checkpoint holds
    evals = []  # (state, step, loss)
    computed = 0
    busy = 0.0
    began = last = None

    for record in _records(path):
        event, time = record["event"], record["time"]
        if event == "start" or began is None:
            if began is not None:
                busy += last - began
            began = time
        last = time

        if event == "start":
            step = record["from_step"]
            if step == 0 or head is None:
                head = _State(None, 0)  # a new model
            elif step in latest:
                head = latest[step]
            else:  # its line was lost: go back to the last one before it
                while head.step > step and head.parent is not None:
                    head = head.parent
        elif head is None:
            head = _State(None, 0)

        if event == "step":
            head = _State(head, record["step"], record["loss"], record["tokens"])
            latest[head.step] = head
            computed += 1
        elif event == "eval":
            state = head
            while state.step > record["step"] and state.parent is not None:
                state = state.parent
            evals.append((state, record["step"], record["loss"]))
    if began is not None:
        busy += last - began

    chain, present = [], set()
    while head is not None:
        present.add(head)
        if head.parent is not None:  # not the untrained model
            chain.append(head)
        head = head.parent
    chain.reverse()

    best = None
    for state, step, loss in evals:
        # a NaN is not less than anything, and must not be the first best either
        if state in present and loss is not None and loss == loss and (best is None or loss < best[1]):
            best = [step, loss]
    return {
        "steps": [s.step for s in chain],
        "losses": [s.loss for s in chain],
        "tokens": sum(s.tokens for s in chain),
        "best_eval": best,
        "lost_steps": computed - len(chain),
        "busy_s": busy,
    }
