"""One fault as a report shows it: with all that speaks for it and against it, and its fixes."""

from __future__ import annotations

from neural_trainer.causes import Fault
from neural_trainer.diagnosis.evidence import Weights, fact_pieces, pieces
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.diagnosis.report import RootCause
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings


def root_cause(
    run: Run, fault: Fault, findings: Findings, confidence: float, weights: Weights,
    evidence: Evidence,
) -> RootCause:  # fmt: skip
    """Return `fault` as it is told of `run`: what was read or measured beside the log first."""
    told = (*fact_pieces(fault, evidence), *pieces(fault, findings, weights))
    return RootCause(
        fault.ID, fault.ISSUE, confidence,
        tuple(piece.sentence for piece in told if piece.speaks_for),
        tuple(piece.sentence for piece in told if not piece.speaks_for),
        fault.fixes(run, findings), fault.CONFIRM, told,
    )  # fmt: skip
