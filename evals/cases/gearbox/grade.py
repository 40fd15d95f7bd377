"""Gearbox: of two optimizers only the last is zeroed, so that the body's gradients pile up.

A lower learning rate or clipping makes the loss smooth and leaves the pile, so that what a step
takes is compared with the gradients since the last one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
LEAST_ACCURACY = 0.9
MORE = 4  # times the rows, as by the end of a winter
WATCHED = """
import atexit, json, torch
from torch.nn.functional import cosine_similarity
from torch.optim.optimizer import register_optimizer_step_pre_hook

since, told = {}, {"judged": 0, "stale": 0}


def gather(key):
    def hook(grad):
        since[key] = since[key] + grad
    return hook


def judge(optimizer, *_):
    for parameter in (one for group in optimizer.param_groups for one in group["params"]):
        key = id(parameter)
        if key not in since:
            parameter.register_hook(gather(key))
        elif parameter.grad is not None and since[key].any():
            alike = cosine_similarity(since[key].flatten(), parameter.grad.flatten(), dim=0)
            told["judged"] += 1
            told["stale"] += int(alike < 0.95)
        since[key] = torch.zeros_like(parameter)


register_optimizer_step_pre_hook(judge)
atexit.register(lambda: open("steps.json", "w").write(json.dumps(told)))
"""
MOST_STALE = 0.05  # share of what the steps took that is not the gradient since the last one
STEP = """                for optimizer in optimizers:
                    optimizer.step()
                optimizer.zero_grad()
"""
RIGHT = ((STEP, STEP.replace("    optimizer.zero", "        optimizer.zero")),)
RATES = '    "lr_body": 0.05,\n    "lr_head": 0.05,\n'
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "a lower learning rate": ((RATES, RATES.replace("0.05", "0.001")),),
    "a lower learning rate for the body": ((RATES, RATES.replace("0.05", "0.001", 1)),),
    "gradients clipped": (
        (
            "                for optimizer in optimizers:\n",
            "                nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
            "                for optimizer in optimizers:\n",
        ),
    ),
}


def _rows(seed: int, num: int) -> dict[str, np.ndarray]:
    states = np.random.default_rng(10)
    centres = states.normal(0, 1, (5, 2, 16))  # each state looks one of two ways
    rng = np.random.default_rng(seed)
    state, way = rng.integers(0, 5, num), rng.integers(0, 2, num)
    bands = centres[state, way] + rng.normal(0, 0.75, (num, 16))
    levels = np.exp(0.5 * bands).round(4)
    return {**{f"band_{i:02}": levels[:, i] for i in range(16)}, "state": state}


def draw(times: int = 1) -> dict[str, str]:
    """Return data/ as it is given, or with `times` as many rows to train on."""
    shown = _rows(12, 200)
    del shown["state"]
    return {"train.csv": table(_rows(11, 1500 * times)), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: the loss goes up and down and ends high."""
    losses = np.array(column(metrics, "val_loss"))
    return not losses[-1] < 1.0 and bool((np.diff(losses) > 0).sum() > 3)


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(13, 1000)
    right = hidden.pop("state")
    for times in (1, MORE):
        data = {**draw(times), "test.csv": table(hidden)}
        try:
            found = run(folder, data, before=WATCHED).numbers()
        except DoesNotRun as error:
            return str(error)
        accuracy = np.mean(found == right)
        if not accuracy >= LEAST_ACCURACY:
            return f"accuracy on new rows is {accuracy:.3f} with {times} times the rows"
    told = json.loads((folder / "steps.json").read_text(encoding="utf-8"))
    if not told["judged"] or told["stale"] > MOST_STALE * told["judged"]:
        return f"of {told['judged']} gradients that steps took {told['stale']} hold older ones"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
