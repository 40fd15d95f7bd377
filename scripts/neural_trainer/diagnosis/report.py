"""The report: what `diagnose` says of one run, before anyone renders it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from neural_trainer.causes import Fix
from neural_trainer.diagnosis.facts import Fact
from neural_trainer.symptoms import Finding, NotChecked

WORDS = "words"  # format of what was described, without a log
Verdict = Literal["healthy", "converged", "faulty", "cannot_judge"]


@dataclass(frozen=True)
class Piece:
    """One sentence for a cause (speaks_for) or against it.

    symptom: its id, or of a fact that is no symptom its kind and name, as in "rule softmax-twice".
    times_likelier: by what its symptom, or the lack of it, multiplies the odds of the cause against
    a run without a fault; sentences of one symptom share it. where: file and line, or key, of a
    fact; the sentence begins with it.
    """

    symptom: str
    sentence: str
    speaks_for: bool
    times_likelier: float
    where: str = ""


@dataclass(frozen=True)
class RootCause:
    """One fault that may explain what was seen.

    confidence: in [0, 1]; docs/calibration.md says what it rests on. evidence, against: sentences
    with numbers. confirm: what would settle it. pieces: the same sentences, weighed.
    """

    cause: str
    issue: str
    confidence: float
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    fixes: tuple[Fix, ...]
    confirm: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Report:
    """One run, judged.

    root_causes: the faults, the likeliest first. others: the confidence left for "healthy",
    "converged", "unknown" and "other_faults"; all confidences sum to 1.
    reason: why the verdict is what it is, in one sentence. confidence_basis: what the confidences
    rest on. facts: what code, a config, checks or words said beside the log.
    """

    run: str
    source: str
    format: str
    axis: str
    verdict: Verdict
    reason: str
    root_causes: tuple[RootCause, ...]
    others: Mapping[str, float]
    symptoms: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    signals: Mapping[str, int]
    notes: tuple[str, ...] = ()
    confidence_basis: str = ""
    facts: tuple[Fact, ...] = ()
