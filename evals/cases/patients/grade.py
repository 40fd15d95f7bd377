"""Patients: windows of one patient lie on both sides of the split, so that validation rewards
knowing the patient, and features are chosen that tell nothing of others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
LEAST_ACCURACY = 0.78
WIDEST_GAP = 0.12  # between the accuracy that the program tells and that on new patients
NUM_PATIENTS, NUM_WINDOWS = 60, 24
SPLIT = """            order = torch.randperm(len(x))
            val, train = order[: len(x) // 4], order[len(x) // 4 :]
"""
BY_PATIENT = """            with open("data/train.csv") as file:
                patients = [int(line.split(",")[0]) for line in list(file)[1:]]
            known = np.random.default_rng(0).permutation(np.unique(patients))
            held_out = torch.from_numpy(np.isin(patients, known[: len(known) // 4]))
            val, train = held_out.nonzero().squeeze(1), (~held_out).nonzero().squeeze(1)
"""
RIGHT = ((SPLIT, BY_PATIENT),)
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "dropout": (("nn.ReLU(), nn.Linear", "nn.ReLU(), nn.Dropout(0.3), nn.Linear"),),
    "a stronger weight decay": (('"weight_decay": 0.1', '"weight_decay": 3.0'),),
    "other features, validated as before": (('["r", "m", "mr"]', '["r", "m"]'),),
}


def _rows(seed: int, num_patients: int) -> dict[str, np.ndarray]:
    """Thirty-two features by which a patient is known, four that the condition moves."""
    rng = np.random.default_rng(seed)
    ill = rng.integers(0, 2, num_patients)
    known_by = rng.normal(0, 1, (num_patients, 32))
    patient = np.repeat(np.arange(num_patients), NUM_WINDOWS)
    num = len(patient)
    beat = (known_by[patient] + rng.normal(0, 0.3, (num, 32))).round(2)
    rhythm = ((2 * ill[patient, None] - 1) * 0.5 + rng.normal(0, 1, (num, 4))).round(2)
    columns = {f"m{i:02}": beat[:, i] for i in range(32)}
    columns |= {f"r{i:02}": rhythm[:, i] for i in range(4)}
    return {"patient": patient + 1000 * seed, **columns, "ill": ill[patient]}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(72, 12)
    del shown["ill"]
    return {"train.csv": table(_rows(71, NUM_PATIENTS)), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: validation is nearly always right."""
    return column(metrics, "val_accuracy")[-1] > 0.95


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(73, 150)
    right = hidden.pop("ill")
    try:
        ran = run(folder, {**draw(), "test.csv": table(hidden)})
        found = ran.numbers()
    except DoesNotRun as error:
        return str(error)
    accuracy = np.mean(found == right)
    told = column(ran.metrics, "val_accuracy")
    if accuracy < LEAST_ACCURACY:
        return f"accuracy on new patients is {accuracy:.3f}, not {LEAST_ACCURACY}"
    if not told or abs(told[-1] - accuracy) > WIDEST_GAP:
        return f"validation tells {told[-1:]}, new patients {accuracy:.3f}"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
