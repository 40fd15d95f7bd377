"""One more fitted family: curves that the tests draw, and small models that they train by layer.

Programs small enough for the gym do not grok, warm up again or hold a plateau for thousands of
steps; the tests draw such runs from formulas, each with a seed (tests/symptoms/made_healthy.py and
made_faulty.py), and train models whose layers die, saturate or explode (small_models.py).
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fault_gym.evidence import UNDER_WAY, Seen, seen_in

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run

FAMILY = "drawn"
SEEDS = range(3)
TESTS = Path(__file__).resolve().parents[2] / "tests" / "symptoms"
SOUND = ("converged", "healthy")


def drawn() -> Iterator[Seen]:
    """Yield what is seen in each such run; those without a fault under way as well."""
    sys.path.insert(0, str(TESTS))
    small_models, faulty, healthy = map(
        importlib.import_module, ("small_models", "made_faulty", "made_healthy")
    )
    for seed in SEEDS:
        for name, make in healthy.HEALTHY.items():
            yield from _sound(name, make(seed), seed)
        for name, make in faulty.FAULTY.items():
            yield _faulty(name, make(seed), seed, faulty.BLAMED[name])
        with tempfile.TemporaryDirectory() as folder:
            for name, train in small_models.SOUND.items():
                yield from _sound(name, train(Path(folder) / name, seed), seed)
            for name, (train, _, causes) in small_models.FAULTS.items():
                yield _faulty(name, train(Path(folder) / name, seed), seed, causes)


def _sound(name: str, run: Run, seed: int) -> Iterator[Seen]:
    for share in (*UNDER_WAY, 1.0):
        part = run.until(round(share * run.last_step))
        yield seen_in(part, (FAMILY, name, 1.0, seed), "healthy", SOUND, _kind(run), share)


def _faulty(name: str, run: Run, seed: int, causes: set[str]) -> Seen:
    accepted = tuple(sorted(causes))
    return seen_in(run, (FAMILY, name, 1.0, seed), accepted[0], accepted, _kind(run))


def _kind(run: Run) -> str:
    return "log" if run.layers is None else "statistics"
