"""The report on a case that is described in words: likely causes, and what to gather."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.diagnosis.described import read_description
from neural_trainer.diagnosis.evidence import Weights
from neural_trainer.diagnosis.facts import Evidence, basis, with_facts
from neural_trainer.diagnosis.ranking import chance, settings, weighed
from neural_trainer.diagnosis.report import WORDS, Report, RootCause
from neural_trainer.diagnosis.root_cause import root_cause
from neural_trainer.diagnosis.settling import unsettled
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, Findings, NotChecked

ASKED = 0.1  # of the odds of health that are left: who describes a run has seen something wrong
BELIEVED = 0.6  # share of the ranking that words carry; the rest goes to unknown
NAMED = 5  # causes
MOST_TO_GATHER = 8  # symptoms
TELLS = 0.25  # apart in chance from which a symptom tells two causes apart
STATED = "stated: words alone, not measured (docs/evidence.md)"


def diagnose_description(text: str, beside: Evidence | None = None) -> Report:
    """Return the report on what `text` describes. beside: what code or a config say of it.

    Raises ConfigError where the words name no symptom and no cause that is known.
    """
    described = read_description(text)
    evidence = described.evidence + (beside or Evidence())
    run = Run(name="described", source=WORDS, format=WORDS, signals={}, logged_as={})
    findings = Findings(described.findings, (), ())
    seen = {finding.symptom: finding.strength for finding in findings.found}
    told = weighed(seen, (), _settings(run, seen))
    for well in ("healthy", "converged"):
        told[well] *= ASKED
    ranked = _believed(with_facts(told, evidence))
    named = sorted(FAULTS, key=lambda name: -ranked[name])[:NAMED]
    weights = Weights()
    causes = tuple(
        _without_a_step(root_cause(run, FAULTS[name], findings, ranked[name], weights, evidence))
        for name in named
    )
    others = {name: ranked[name] for name in ("healthy", "converged", "unknown")}
    others["other_faults"] = sum(ranked[name] for name in FAULTS if name not in named)
    said = ", ".join(seen) or "a cause, and no symptom"
    gather = _to_gather({name: ranked[name] for name in named}, seen)
    return Report(
        run=run.name, source=run.source, format=run.format, axis="step", verdict="cannot_judge",
        reason=f"Words alone, without a log, say {said}: a guess at where to look first.",
        root_causes=causes, others=others, symptoms=findings.found,
        not_checked=(*gather, *unsettled(ranked, evidence)), signals={}, notes=evidence.notes,
        confidence_basis=f"{STATED}; {basis(evidence)}", facts=evidence.facts,
    )  # fmt: skip


def _without_a_step(cause: RootCause) -> RootCause:
    """Return a cause without the fixes that speak of a step where none was named."""
    kept = (f for f in cause.fixes if not re.search(r"\bstep 0\b", str(f.implementation)))
    return replace(cause, fixes=tuple(kept))


def _settings(run: Run, seen: Mapping[str, float]) -> tuple[str, ...]:
    """Return the settings that the causes may be of, by what is spoken of."""
    rewards = any(name.startswith("reward") for name in seen)
    crashed = any(name.startswith("crashed") for name in seen)
    first, kind = settings(run)[:2]
    return (first, "reinforcement" if rewards else kind, *(("crashed",) if crashed else ()))


def _believed(probability: Mapping[str, float]) -> dict[str, float]:
    """Return the ranking as far as words carry it."""
    kept = {cause: BELIEVED * share for cause, share in probability.items()}
    kept["unknown"] += 1 - BELIEVED
    return kept


def _to_gather(probability: Mapping[str, float], seen: Mapping[str, float]) -> list[NotChecked]:
    """Return the symptoms that would tell most between causes, and what each needs.

    A symptom is worth, over each two causes, their shares times how far apart they expect it.
    """
    worth: dict[str, float] = {}
    for symptom in SYMPTOMS:
        if symptom in seen:
            continue
        expected = [(p, chance(CAUSES[cause], symptom)) for cause, p in probability.items()]
        apart = [(p * q, abs(a - b)) for p, a in expected for q, b in expected]
        worth[symptom] = sum(share * gap for share, gap in apart if gap >= TELLS)
    best = sorted((name for name in worth if worth[name] > 0), key=lambda name: -worth[name])
    return [
        NotChecked(name, f"needs {', '.join(SYMPTOMS[name].NEEDS)}")
        for name in best[:MOST_TO_GATHER]
        if SYMPTOMS[name].NEEDS
    ]
