"""Which signals a picture shows, and which of them share a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.names import better
from neural_trainer.runs.run import Run

CHIEF = (("loss", "eval/loss"), ("reward", "eval/reward"), ("accuracy", "eval/accuracy"),
         ("lr",), ("grad_norm",))  # fmt: skip
MOST = 4
MOST_CHOSEN = 12
MOST_TERMS = 4  # of a loss in one panel

Panel = tuple[str, ...]


@dataclass(frozen=True)
class View:
    """What of the runs to draw: patterns of signals, as in a shell, each signal a panel; axes."""

    signals: tuple[str, ...] = ()
    log_x: bool = False
    log_y: bool = False


def panels(runs: Sequence[Run], patterns: Sequence[str]) -> list[Panel]:
    """Return the signals of each panel: those that match the patterns, the chief ones without any.

    A held-out twin stands beside its own signal. Raises NeuralTrainerError where no run has one.
    """
    return _matching(runs, patterns) if patterns else _chief(runs)


def has_any(run: Run, shown: Sequence[Panel]) -> bool:
    """Return whether a run has a signal of one of the panels."""
    return any(run.get(name) is not None for names in shown for name in names)


def _chief(runs: Sequence[Run]) -> list[Panel]:
    """Return the panels that have something to show."""

    def logged(name: str) -> bool:
        return any(run.get(name) is not None for run in runs)

    found = [kept for names in CHIEF if (kept := tuple(name for name in names if logged(name)))]
    if not found or found[0][0] not in ("loss", "eval/loss"):
        found = _terms(runs) + found
    if not found:
        names = sorted({name for run in runs for name in run.signals if run.get(name) is not None})
        found = [(name,) for name in names if better(name)] or [(name,) for name in names]
    if not found:
        raise NeuralTrainerError("no run has a curve to draw; expected at least one signal")
    return found[:MOST]


def _terms(runs: Sequence[Run]) -> list[Panel]:
    """Return the terms of a loss: in one panel for one run, a panel each where runs differ."""
    names = [name for run in runs for name, _ in run.under("loss/")]
    held_out = [name for run in runs for name, _ in run.under("eval/loss/")]
    each = [twins(name, held_out) for name in sorted(set(names))[:MOST_TERMS]]
    if len(names) > len(set(names)) or not each:
        return each
    firsts = tuple(panel[0] for panel in each)
    return [firsts + tuple(twin for panel in each for twin in panel[1:])]


def twins(name: str, logged: Sequence[str]) -> Panel:
    """Return a signal and, where it was logged, its held-out twin.

    >>> twins("loss", ["loss", "eval/loss"])
    ('loss', 'eval/loss')
    """
    return (name, f"eval/{name}") if f"eval/{name}" in logged else (name,)


def _matching(runs: Sequence[Run], patterns: Sequence[str]) -> list[Panel]:
    from neural_trainer.render.curves_text import chosen  # and what the report needs, with it

    names = dict.fromkeys(name for run in runs for name in chosen(run, patterns, may_lack=True))
    if not names:
        asked = ", ".join(patterns)
        raise NeuralTrainerError(f"no run has a signal {asked}; neural-trainer curves lists them")
    bases = dict.fromkeys(name.removeprefix("eval/") for name in names)
    found = [tuple(n for n in (base, f"eval/{base}") if n in names) for base in bases]
    if len(found) > MOST_CHOSEN:
        raise NeuralTrainerError(
            f"{len(found)} signals match and {MOST_CHOSEN} fit a picture; choose fewer, such as "
            f"--signal {found[0][0]}"
        )
    return found
