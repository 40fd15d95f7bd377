"""Tickets: the logarithm of a softmax that has underflowed; once that is mended, a small queue is
never chosen, as its weight in the loss is its share instead of the inverse.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
LEAST_RECALL = 0.6  # of the smallest queue
LEAST_ACCURACY = 0.85
QUEUES = ("billing", "login", "shipping", "returns", "outage")
SHARES = (0.4, 0.27, 0.2, 0.11, 0.02)
LOG = (
    ("return torch.softmax(self.out(torch.relu(self.hidden(counts))), dim=1)",
     "return torch.log_softmax(self.out(torch.relu(self.hidden(counts))), dim=1)"),
    ("torch.log(own)", "own"),
)  # fmt: skip
CLAMPED = (("torch.log(own)", "torch.log(own.clamp(min=1e-8))"),)
INVERSE = (("return counts / counts.mean()", "return counts.mean() / counts"),)
RIGHT = (*LOG, *INVERSE)
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "the first fault alone": LOG,
    "the first fault alone, clamped": CLAMPED,
    "the second fault alone": INVERSE,
}


def _rows(seed: int, num: int, shares: tuple[float, ...] = SHARES) -> dict[str, np.ndarray]:
    """The counts of words; one ticket in 60 has a long log pasted into it."""
    words = np.random.default_rng(30)
    common = words.dirichlet(np.full(60, 1.0))
    of_queue = words.dirichlet(np.full(60, 0.3), 5)
    of_queue[4] = 0.5 * of_queue[4] + 0.5 * of_queue[1]  # an outage sounds like a login
    rng = np.random.default_rng(seed)
    queue = rng.choice(5, num, p=shares)
    chances = 0.5 * common + 0.5 * of_queue[queue]
    counts = rng.multinomial(rng.integers(20, 60, num), chances)
    pasted = rng.random(num) < 1 / 60
    counts[pasted] += rng.multinomial(rng.integers(800, 4000, num), common)[pasted]
    return {**{f"word_{i:02}": counts[:, i] for i in range(60)}, "queue": queue}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(32, 200)
    del shown["queue"]
    return {"train.csv": table(_rows(31, 3000)), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: finite at first, then not."""
    finite = np.isfinite(column(metrics, "train_loss"))
    return bool(finite[:10].all()) and not finite[-1]


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(33, 1500, (0.35, 0.25, 0.18, 0.11, 0.11))
    right = np.array(QUEUES)[hidden.pop("queue")]
    try:
        ran = run(folder, {**draw(), "test.csv": table(hidden)})
    except DoesNotRun as error:
        return str(error)
    hit = np.array(ran.predictions) == right
    if hit[right == "outage"].mean() < LEAST_RECALL:
        return f"of new outages {hit[right == 'outage'].mean():.3f} reach their queue"
    if hit[right != "outage"].mean() < LEAST_ACCURACY:
        return f"of other new tickets {hit[right != 'outage'].mean():.3f} reach their queue"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
