"""What speaks for a cause and against it, and how much each piece weighs."""

from __future__ import annotations

from neural_trainer.causes import Cause
from neural_trainer.diagnosis.chances import measured
from neural_trainer.diagnosis.ranking import background, bears_on, chance
from neural_trainer.diagnosis.report import Piece
from neural_trainer.symptoms import Finding, Findings

EXPECTED = 0.5  # chance from which a symptom that is absent speaks against a cause
BEARING = 2.0  # times likelier from which a symptom speaks for a cause


def pieces(cause: Cause, findings: Findings) -> tuple[Piece, ...]:
    """Return what was seen that speaks for or against `cause`, then what was looked for in vain."""
    told: list[Piece] = []
    for finding in findings.found:
        times = times_likelier(cause, finding)
        if bears_on(cause, finding.symptom) >= BEARING:
            told += [Piece(finding.symptom, said, True, times) for said in finding.evidence]
        elif bears_on(cause, finding.symptom) <= 1 / BEARING:
            said = f"{finding.evidence[0]} It does not do that."
            told.append(Piece(finding.symptom, said, False, times))
    for symptom in findings.absent:
        if chance(cause, symptom) >= EXPECTED:
            said = f"{symptom} was looked for and not seen."
            told.append(Piece(symptom, said, False, times_likelier_without(cause, symptom)))
    return tuple(told)


def times_likelier(cause: Cause, finding: Finding) -> float:
    """Return by what a finding multiplies the odds of `cause` against a run without a fault."""
    table = measured()
    share = table.weight.get(finding.symptom, 1.0) * finding.strength / table.temperature
    return float((chance(cause, finding.symptom) / background(finding.symptom)) ** share)


def times_likelier_without(cause: Cause, symptom: str) -> float:
    """Return by what the absence of `symptom` multiplies the same odds."""
    table = measured()
    share = table.weight.get(symptom, 1.0) / table.temperature
    return float(((1 - chance(cause, symptom)) / (1 - background(symptom))) ** share)
