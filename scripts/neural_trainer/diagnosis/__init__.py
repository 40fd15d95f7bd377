"""Which causes explain the symptoms of a run: ranked, with what speaks for and against each."""

from __future__ import annotations

import numpy as np

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.diagnosis import chances, learning
from neural_trainer.diagnosis.chances import measured
from neural_trainer.diagnosis.evidence import Weights
from neural_trainer.diagnosis.facts import Evidence, basis, with_facts
from neural_trainer.diagnosis.latent import doing_harm
from neural_trainer.diagnosis.ranking import posterior
from neural_trainer.diagnosis.report import Report, RootCause, Verdict
from neural_trainer.diagnosis.root_cause import root_cause
from neural_trainer.diagnosis.settings import not_logged
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, Finding, Findings, NotChecked, look
from neural_trainer.symptoms.roles import missing, reward

__all__ = ["Report", "RootCause", "alarms", "diagnose", "too_little"]

FEWEST = 5  # points of a loss or a reward: with fewer no course can be told from noise
CLAIMED = 0.5  # confidence over which the reason is given as a fact
EARLY = ("gradients-exploding",)  # runs ahead of the loss, which may still look well
SHOWN = 0.01  # confidence from which a fault is listed by name
MEASURED = "measured on the fault gym (docs/calibration.md)"
STATED = "stated likelihoods, not yet measured (docs/calibration.md)"


@np.errstate(over="ignore", invalid="ignore")  # a loss of 1e308: its inf is over every threshold
def diagnose(run: Run, beside: Evidence | None = None) -> Report:
    """Return the report on `run`: verdict, ranked causes, symptoms and what was not checked.

    beside: what its code, its config or checks of its model say.
    """
    findings = look(run)
    evidence = doing_harm(not_logged(beside or Evidence(), findings), findings)
    probability = with_facts(posterior(run, findings), evidence)
    # What the log shows for certain stays a fault, whatever code excludes; so does what was read
    # or measured beside a log that looks sound.
    shown = [item.symptom for item in findings.found]
    probability = measured().capped(probability, shown, certain=bool(evidence.certain))
    verdict, reason = _verdict(run, findings, probability, evidence)
    ranked = sorted(FAULTS, key=lambda name: -probability[name])
    weights = Weights()
    causes = tuple(
        root_cause(run, FAULTS[name], findings, probability[name], weights, evidence)
        for name in ranked
        if probability[name] >= SHOWN
    )
    if verdict == "cannot_judge" and not evidence.certain:
        causes = _suspects(run, findings, causes)
    named = [cause.cause for cause in causes]
    others = {name: probability[name] for name in ("healthy", "converged", "unknown")}
    others["other_faults"] = sum(probability[name] for name in FAULTS if name not in named)
    return Report(
        run=run.name,
        source=run.source,
        format=run.format,
        axis=run.axis,
        verdict=verdict,
        reason=reason,
        root_causes=causes,
        others=others,
        symptoms=findings.found,
        not_checked=_not_checked(findings, probability, evidence),
        signals={name: len(series) for name, series in sorted(run.signals.items())},
        notes=(*run.notes, *evidence.notes),
        confidence_basis=_basis(evidence),
        facts=evidence.facts,
    )


def alarms(report: Report) -> tuple[Finding, ...]:
    """Return which symptoms are worth waking someone for: a faulty run's, and early warnings."""
    return tuple(
        finding
        for finding in report.symptoms
        if finding.symptom in EARLY
        or (report.verdict == "faulty" and SYMPTOMS[finding.symptom].ALARM)
    )


def _verdict(
    run: Run, findings: Findings, probability: dict[str, float], evidence: Evidence
) -> tuple[Verdict, str]:
    """Return the verdict and the sentence that gives its reason."""
    lacks = too_little(run, findings)
    if lacks and not evidence.certain:
        return "cannot_judge", lacks
    well = probability["healthy"] + probability["converged"]
    if well <= measured().faulty_below and (findings.found or evidence.certain):
        top = max(FAULTS, key=lambda name: probability[name])
        if probability["unknown"] > probability[top]:
            return "faulty", f"{CAUSES['unknown'].ISSUE}."
        share, issue = probability[top], CAUSES[top].ISSUE
        doubt = "" if share > CLAIMED else f"Likeliest of several causes ({share:.0%}): "
        return "faulty", f"{doubt}{issue}."
    if well <= 0.5:
        return "cannot_judge", _undecided(findings, 1 - well)
    if (doubt := learning.doubt(run, findings)) and not evidence.certain:
        return "cannot_judge", doubt
    state: Verdict = "healthy"
    if probability["converged"] > probability["healthy"]:
        state = "converged"
    seen = [f.symptom for f in findings.found if SYMPTOMS[f.symptom].ALARM]
    aside = f" Seen all the same: {', '.join(seen)}." if seen else ""
    return state, f"{CAUSES[state].ISSUE}.{aside}"


def _undecided(findings: Findings, share: float) -> str:
    """Say why nothing can be said for certain. share: the probability of a fault."""
    if findings.found:
        return (
            f"What is seen may be a fault ({share:.0%}) and comes in healthy runs as well: too "
            "little to raise an alarm."
        )
    unmade, made = len(findings.unchecked), len(findings.absent)
    return (
        f"Nothing wrong is seen, by {made} of {made + unmade} checks: what this log lacks for the "
        f"others leaves room for a fault ({share:.0%})."
    )


def _suspects(run: Run, findings: Findings, causes: tuple[RootCause, ...]) -> tuple[RootCause, ...]:
    """Return the causes that something seen speaks for; of a log too short to judge, none."""
    if too_little(run, findings):
        return ()
    return tuple(cause for cause in causes if cause.evidence)


def too_little(run: Run, findings: Findings) -> str:
    """Say what the run lacks to be judged; empty where it can be, or what is seen is decisive."""
    if any(findings.get(name) for name in measured().decisive):
        return ""
    lacks = [missing(run, {role: FEWEST}) for role in ("loss", "reward", "adversarial loss")]
    if not all(lacks):
        return ""
    if few := next((lack for lack in lacks if " points of " in lack), ""):
        return f"Too little to judge from: {few}."
    rewarded = reward(run)
    if rewarded is not None:
        return f"{rewarded.name} is not a number at any of its {len(rewarded.series)} points."
    known = ", ".join(shown_name(name) for name in sorted(run.signals)[:5]) or "none"
    return f"The log holds no loss and no reward to judge by (signals: {known})."


def _not_checked(
    findings: Findings, probability: dict[str, float], evidence: Evidence
) -> tuple[NotChecked, ...]:
    """Return what would settle beside the log, once anything beside it was looked at, and in it."""
    if not evidence.looked_at:
        return findings.unchecked
    from neural_trainer.diagnosis.settling import unsettled  # loads the rules: not for a log alone

    return (*unsettled(probability, evidence), *findings.unchecked)


def _basis(evidence: Evidence) -> str:
    log = MEASURED if chances.FILE.exists() else STATED
    beside = basis(evidence)
    return f"{log}; {beside}" if beside else log
