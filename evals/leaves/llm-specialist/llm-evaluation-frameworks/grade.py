"""Which of two models is better: verdicts against a sign-flip test over passages."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "files" / "results.csv"
VERDICTS = ("A", "B", "not shown")


def differences() -> dict[str, np.ndarray]:
    """For each case, B - A summed over the questions of each passage; what is missing is wrong."""
    scores: dict[str, dict[tuple[str, str], dict[str, dict[str, float]]]] = defaultdict(
        lambda: defaultdict(lambda: {"A": {}, "B": {}})
    )
    with RESULTS.open(newline="") as file:
        for row in csv.DictReader(file):
            question = scores[row["case"]][row["passage"], row["question"]]
            question[row["model"]][row["sample"]] = float(row["correct"])
    sums: dict[str, np.ndarray] = {}
    for case, questions in scores.items():
        passages: dict[str, float] = defaultdict(float)
        for (passage, _), models in questions.items():
            samples = len(models["A"].keys() | models["B"].keys())
            right = {model: sum(given.values()) / samples for model, given in models.items()}
            passages[passage] += right["B"] - right["A"]
        sums[case] = np.array(list(passages.values()))
    return sums


def chance_of(sums: np.ndarray, flips: int = 20_000) -> float:
    """Two-sided p of a mean difference of zero, where each passage's sign could be either."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (flips, len(sums)))
    as_far = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9
    return float((as_far.sum() + 1) / (flips + 1))


def truth() -> dict[str, str]:
    found = {}
    for case, sums in differences().items():
        better = "B" if sums.sum() > 0 else "A"
        found[case] = better if chance_of(sums) < 0.05 else "not shown"
    return found


def grade(folder: Path) -> str | None:
    """None where every case is decided as the test decides it."""
    try:
        given = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"no answer.json that can be read: {error}"
    wanted = truth()
    if not isinstance(given, dict) or set(given) != set(wanted):
        return f"keys are to be {sorted(wanted)}"
    if not all(verdict in VERDICTS for verdict in given.values()):
        return f"a verdict is one of {VERDICTS}"
    wrong = [case for case in sorted(wanted) if given[case] != wanted[case]]
    if not wrong:
        return None
    return "; ".join(f"{case}: {given[case]} instead of {wanted[case]}" for case in wrong)
