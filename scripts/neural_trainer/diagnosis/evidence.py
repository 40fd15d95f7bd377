"""What speaks for a cause and against it, and how much each piece weighs."""

from __future__ import annotations

from collections.abc import Mapping

from neural_trainer.causes import Cause
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.diagnosis.ranking import bears_on, chance, weighed
from neural_trainer.diagnosis.report import Piece
from neural_trainer.symptoms import Findings

EXPECTED = 0.5  # chance from which a symptom that is absent speaks against a cause
BEARING = 2.0  # times likelier from which a symptom speaks for a cause


class Weights:
    """What symptoms weigh, each worked out once for all causes of one report."""

    def __init__(self) -> None:
        self._known: dict[object, dict[str, float]] = {}

    def times_likelier(
        self, cause: Cause, seen: Mapping[str, float], absent: tuple[str, ...] = ()
    ) -> float:
        """Return by what symptoms multiply the odds of `cause` against a run without a fault.

        seen: symptom -> strength. absent: looked for and not seen.
        """
        settings = ("any", cause.SETTING)
        before, after = self._weighed({}, (), settings), self._weighed(seen, absent, settings)
        return (after[cause.ID] / after["healthy"]) / (before[cause.ID] / before["healthy"])

    def _weighed(
        self, seen: Mapping[str, float], absent: tuple[str, ...], settings: tuple[str, ...]
    ) -> dict[str, float]:
        key = (tuple(seen.items()), absent, settings)
        if key not in self._known:
            self._known[key] = weighed(seen, absent, settings)
        return self._known[key]


def pieces(cause: Cause, findings: Findings, weights: Weights) -> tuple[Piece, ...]:
    """Return what was seen that speaks for or against `cause`, then what was looked for in vain."""
    told: list[Piece] = []
    for finding in findings.found:
        bearing = bears_on(cause, finding.symptom)
        if 1 / BEARING < bearing < BEARING:
            continue
        times = weights.times_likelier(cause, {finding.symptom: finding.strength})
        if bearing >= BEARING:
            told += [Piece(finding.symptom, said, True, times) for said in finding.evidence]
        else:
            said = f"{finding.evidence[0]} It does not do that."
            told.append(Piece(finding.symptom, said, False, times))
    for symptom in findings.absent:
        if chance(cause, symptom) >= EXPECTED:
            said = f"{symptom} was looked for and not seen."
            times = weights.times_likelier(cause, {}, (symptom,))
            told.append(Piece(symptom, said, False, times))
    return tuple(told)


def fact_pieces(cause: Cause, evidence: Evidence) -> tuple[Piece, ...]:
    """Return what was read or measured beside the log that speaks for or against `cause`."""
    return tuple(
        Piece(f"{fact.kind} {fact.name}", fact.told, fact.times > 1, fact.bounded, fact.where)
        for fact in evidence.of(cause.ID)
    )
