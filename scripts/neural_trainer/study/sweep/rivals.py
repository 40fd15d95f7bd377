"""Do the best trials differ beyond noise? Each of the next ones against the best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.names import better
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run
from neural_trainer.study.compare import Case, Comparison, Question, compare_cases
from neural_trainer.study.sweep.run_ending import log_of
from neural_trainer.study.sweep.settings import Objective

MOST = 4  # compared with the best; each more widens all intervals


def compared(
    best: Path, others: Sequence[tuple[int, Path]], objective: Objective
) -> tuple[dict[int, Comparison], list[str]]:
    """Return the comparison of each other trial, by number, with the best; and what was not.

    A verdict of "worse" says that the other ends worse beyond noise.
    """
    known = better(objective.signal)
    if known is not None and (known == "lower") != objective.low:
        return {}, [f"{objective.signal} is not compared: the sweep goes the other way"]
    notes: list[str] = []
    cases: dict[int, Case] = {}
    try:
        first = _read(best)
    except NeuralTrainerError as error:
        return {}, [f"not compared: {error}"]
    for number, folder in others[:MOST]:
        try:
            run = _read(folder)
            case = Case([first], [run], objective.signal, Question((objective.signal,)))
            compare_cases([case])
        except NeuralTrainerError as error:
            notes.append(f"trial {number} is not compared: {error}")
            continue
        cases[number] = case
    if not cases:
        return {}, notes
    return dict(zip(cases, compare_cases(list(cases.values())), strict=True)), notes


def _read(folder: Path) -> Run:
    return read(log_of(folder))
