"""Which alarms of a run stand, and what of a new judgement is news: raised, updated, cleared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from neural_trainer.diagnosis import RootCause
    from neural_trainer.symptoms import Finding

# The number of a finding that says how bad it is, larger being worse.
SIZES = {
    "attention-logits-grow": "logit",
    "eval-gap-growing": "rise_scatters",
    "gradients-exploding": "last",
    "layer-gradients-exploding": "factor",
    "layers-not-moving": "layers",
    "loss-diverging": "rise",
    "loss-spike": "spikes",
    "lr-jumps": "rises",
    "units-dead": "layers",
    "units-saturated": "modules",
}
WORSE = 3.0  # times as large as told; then its square and so on: 1e30 is told after six lines
MOST_WORSE = 10  # lines
LARGEST = 1e300  # JSON has no word for infinity
LEAD = 0.2  # of confidence, over the cause that was told: less may turn round at the next look
_KEPT = ("cause", "confidence", "message", "size", "worse")


class Told(NamedTuple):
    """What was told of an alarm last. size: how bad it was, None where nothing says so; worse: how
    often it was told to have got worse; causes: all that were told of it, each is news once.
    """

    cause: str
    confidence: float
    message: str
    size: float | None = None
    worse: int = 0
    causes: tuple[str, ...] = ()


class Standing:
    """The alarms of one run that were raised and not cleared."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}

    def recall(self, alarm: Mapping[str, Any]) -> None:
        """Take one line of the alerts.jsonl that an earlier process left."""
        before = self.told.pop(alarm["symptom"], None)
        if alarm["state"] == "cleared":
            return
        self.told[alarm["symptom"]] = Told(
            alarm["cause"],
            alarm["confidence"],
            alarm["message"],
            alarm.get("size"),
            alarm.get("worse", 0),
            () if before is None else before.causes,
        )
        self._note_cause(alarm["cause"], alarm["confidence"])

    def news(
        self,
        findings: Sequence[Finding],
        causes: Sequence[RootCause],
        step: int,
        well: bool = True,
    ) -> list[dict[str, Any]]:
        """Return the lines of alerts.jsonl, without their time, that a judgement at `step` adds.

        While a run is ill its symptoms come and go: each is raised once, all are cleared together.
        well: whether a run without findings is judged healthy or converged; doubt clears nothing.
        """
        if not findings and not well:
            return []
        if not findings:
            lines = [self._line(name, "cleared", step) for name in self.told]
            self.told.clear()
            return lines
        top = causes[0].cause if causes else "unknown"
        sure = round(float(causes[0].confidence), 4) if causes else 0.0
        raised = [finding for finding in findings if finding.symptom not in self.told]
        updated: list[Finding] = []
        if not raised:  # what is new says enough; else one line, of what got worse before the cause
            updated = [f for f in findings if _is_worse(f, self.told.get(f.symptom))][:1]
        worse = {finding.symptom for finding in updated}
        if not raised and not updated:
            clearest = max(findings, key=lambda finding: finding.strength)
            updated = [clearest] if self._has_turned(clearest.symptom, causes) else []
        lines = []
        for finding in (*raised, *updated):
            name, before = finding.symptom, self.told.get(finding.symptom)
            state = "raised" if before is None else "updated"
            old = before if before is not None else Told("", 0.0, "")
            size = _size(finding) if before is None or name in worse else old.size
            self.told[name] = Told(
                top, sure, finding.evidence[0], size, old.worse + (name in worse), old.causes
            )
            lines.append(self._line(name, state, step))
        if lines:
            self._note_cause(top, sure)
        return lines

    def _has_turned(self, symptom: str, causes: Sequence[RootCause]) -> bool:
        """Return whether a cause that was never told of an alarm now leads clearly."""
        told = self.told[symptom]
        if not causes or causes[0].cause in (told.cause, *told.causes):
            return False
        now = {cause.cause: cause.confidence for cause in causes}
        return causes[0].confidence >= now.get(told.cause, 0.0) + LEAD

    def _note_cause(self, cause: str, confidence: float) -> None:
        for name, told in self.told.items():
            causes = told.causes if cause in told.causes else (*told.causes, cause)
            self.told[name] = told._replace(cause=cause, confidence=confidence, causes=causes)

    def _line(self, symptom: str, state: str, step: int) -> dict[str, Any]:
        told = self.told[symptom]
        kept = {field: getattr(told, field) for field in _KEPT}
        return {"id": symptom, "state": state, "symptom": symptom, **kept, "step": step}


def _size(finding: Finding) -> float | None:
    """Return how bad a finding is; None where none of its numbers says so."""
    size = finding.numbers.get(SIZES.get(finding.symptom, ""))
    return None if size is None or math.isnan(size) else min(float(size), LARGEST)


def _is_worse(finding: Finding, told: Told | None) -> bool:
    size, before = _size(finding), None if told is None else told.size
    if told is None or size is None or before is None or min(size, before) <= 0:
        return False
    needed = math.log(WORSE) * 2**told.worse
    return told.worse < MOST_WORSE and math.log(size / before) >= needed
