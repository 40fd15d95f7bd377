"""What to do with a finished run: one sentence, taken from the diagnosis of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis import Report

Kind = Literal["ready", "overfitting", "underfitting", "unstable", "faulty", "cannot_judge"]

# A run is of the first kind of which the likeliest fault expects a symptom that was seen.
SYMPTOMS_OF: dict[Kind, tuple[str, ...]] = {
    "overfitting": ("eval-gap-growing", "eval-turns"),
    "unstable": (
        "loss-diverging", "loss-nonfinite", "loss-spike", "early-instability",
        "unstable-at-peak-lr", "gradients-exploding", "layer-gradients-exploding",
        "recurrent-gradients-large", "nonfinite-after-climb", "nonfinite-sudden",
        "nonfinite-as-lr-rises",
        "attention-logits-grow", "updates-large", "reward-collapsed",
    ),
    "underfitting": (
        "loss-not-falling", "loss-at-chance", "loss-plateau", "lr-zero", "updates-tiny",
        "layers-frozen", "layers-not-moving", "layers-outside-optimizer", "units-dead",
        "units-saturated", "layer-gradients-vanishing", "gradients-alike", "reward-frozen",
        "reward-never-moves",
        "loss-still-falling", "loss-falls-straight", "loss-held-high", "parameters-unmoved",
        "parameters-seldom-move", "parameters-barely-move", "lr-spent-early",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Recommendation:
    """kind and sentence; step and checkpoint: the best that the run has kept, if any."""

    kind: Kind
    sentence: str
    step: int | None = None
    checkpoint: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def recommend(report: Report, best: tuple[int, Path] | None) -> Recommendation:
    """Return what the report comes to. best: step and folder of the best checkpoint kept."""
    step, kept = (best[0], str(best[1])) if best is not None else (None, None)
    kind = _kind(report)
    return Recommendation(kind, _sentence(kind, report, step, kept), step, kept)


def _kind(report: Report) -> Kind:
    if report.verdict == "cannot_judge":
        return "cannot_judge"
    if report.verdict != "faulty":
        return "ready"
    seen = {finding.symptom for finding in report.symptoms}
    cause = report.root_causes[0].cause if report.root_causes else ""
    expects: Mapping[str, float] = FAULTS[cause].EXPECTS if cause in FAULTS else {}
    for kind, symptoms in SYMPTOMS_OF.items():
        if any(symptom in seen and expects.get(symptom, 0.0) > 0 for symptom in symptoms):
            return kind
    return "faulty"


def _sentence(kind: Kind, report: Report, step: int | None, kept: str | None) -> str:
    if kind == "cannot_judge":
        return f"Cannot be judged: {report.reason}"
    which = f"{kept} (step {step}, lowest held-out loss)" if kept else "the last checkpoint"
    if kind == "ready":
        more = "" if report.verdict == "converged" else " More steps may lower the loss further."
        blind = any(item.symptom == "eval-gap-growing" for item in report.not_checked)
        unseen = " Overfitting was not checked: there is too little held-out loss." if blind else ""
        return f"Ready for the test set: {which}.{unseen}{more}"
    cause = report.root_causes[0] if report.root_causes else None
    if kind == "overfitting":
        told = SYMPTOMS_OF["overfitting"]
        turned = next(f.window[0] for f in report.symptoms if f.symptom in told)
        at = step if step is not None else round(turned)
        return f"Overfitting: stop at step {at}" + (f", which {kept} holds." if kept else ".")
    why = f" {cause.issue} ({cause.cause})." if cause is not None else f" {report.reason}"
    mend = f" Mend it first: neural-trainer diagnose {report.source}"
    return {"underfitting": "Underfitting:", "unstable": "Unstable:"}.get(kind, "Faulty:") + (
        why + mend
    )
