"""Which alarms of a run stand, and what of a new judgement is news: raised, updated, cleared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from neural_trainer.diagnosis import RootCause
    from neural_trainer.symptoms import Finding

WORSE = 0.25  # of a strength, which ends at 1: an alarm gets worse three times at most
LEAD = 0.2  # of confidence, over the cause that was told: less may turn round at the next look
_KEPT = ("cause", "confidence", "message", "strength")


class Told(NamedTuple):
    """What was told of an alarm last; causes: all that were told of it, each is news once."""

    cause: str
    confidence: float
    message: str
    strength: float
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
            float(alarm.get("strength", 1.0)),
            () if before is None else before.causes,
        )
        self._note_cause(alarm["cause"], alarm["confidence"])

    def news(
        self, findings: Sequence[Finding], causes: Sequence[RootCause], step: int
    ) -> list[dict[str, Any]]:
        """Return the lines of alerts.jsonl, without their time, that a judgement at `step` adds.

        While a run is ill its symptoms come and go: each is raised once, all are cleared together.
        """
        if not findings:
            lines = [self._line(name, "cleared", step) for name in self.told]
            self.told.clear()
            return lines
        top = causes[0].cause if causes else "unknown"
        sure = round(float(causes[0].confidence), 4) if causes else 0.0
        raised = [finding for finding in findings if finding.symptom not in self.told]
        updated = [
            finding
            for finding in findings
            if finding.symptom in self.told
            and finding.strength >= self.told[finding.symptom].strength + WORSE
        ]
        # Of another cause one line tells: that of what is new, else that of the clearest alarm.
        if not raised and not updated:
            clearest = max(findings, key=lambda finding: finding.strength)
            updated = [clearest] if self._has_turned(clearest.symptom, causes) else []
        lines = []
        for finding in (*raised, *updated):
            name, before = finding.symptom, self.told.get(finding.symptom)
            state = "raised" if before is None else "updated"
            causes_told = () if before is None else before.causes
            self.told[name] = Told(
                top, sure, finding.evidence[0], float(finding.strength), causes_told
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
