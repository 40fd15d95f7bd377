"""What to do about a report: fixes by priority, what would settle it, the commands to run next."""

from __future__ import annotations

import shlex

from neural_trainer.causes import FAULTS, Fix
from neural_trainer.causes.fix import words
from neural_trainer.diagnosis.evidence import BEARING
from neural_trainer.diagnosis.ranking import bears_on
from neural_trainer.diagnosis.report import WORDS, Report, RootCause
from neural_trainer.runs.plain_text import printable

SURE = 0.95  # confidence from which nothing need be settled before the fix
UNSURE = 0.5  # confidence below which the first thing to do is to settle it
ALTERNATIVE = 0.15  # confidence from which another cause's first fix is worth a try
PROBE = "neural-trainer probe MODULE:FACTORY"
BY_LAYER = ("layers", "saturation", "attention logits")  # what a probe measures and a log lacks

SETTLED_BY_MENDING = frozenset(
    {
        "lr-too-high", "lr-too-low", "warmup-missing", "clipping-too-tight",
        "weight-decay-too-high", "attention-logits-growing", "capacity-too-small",
        "catastrophic-forgetting", "stopped-too-early", "seed-noise", "bad-batch", "labels-wrong",
        "train-val-mismatch", "throughput-cliff", "ranks-out-of-sync", "reward-frozen",
    }
)  # fmt: skip
"""Causes that one of their own fixes confirms: another run with it, or the same look."""


def recommended(report: Report) -> tuple[Fix, ...]:
    """Return what to do about a faulty run, the first thing first; none twice.

    The fixes of the likeliest cause, the first one of each other cause of ALTERNATIVE and more, and
    what settles which it is: before them where the likeliest is UNSURE, after them else.
    """
    if report.verdict != "faulty" or not report.root_causes:
        return ()
    first, *others = report.root_causes
    mends = list(first.fixes)
    mends += [c.fixes[0] for c in others if c.confidence > ALTERNATIVE and c.fixes]
    settling = settled_by(report) if first.confidence < SURE else ()
    ordered = (*settling, *mends) if first.confidence < UNSURE else (*mends, *settling)
    return tuple({repr(fix): fix for fix in ordered}.values())


def settled_by(report: Report) -> tuple[Fix, ...]:
    """Return what tells the likeliest cause from the others in minutes, without another run."""
    if not report.root_causes:
        return ()
    first = report.root_causes[0]
    other = report.root_causes[1].cause if len(report.root_causes) > 1 else "another cause"
    steps: list[Fix] = []
    if first.confirm and first.cause not in SETTLED_BY_MENDING:
        told = f"It tells {first.cause} from {other} before anything is changed."
        steps.append(words(f"Check first: {first.confirm}", told, quick=True))
    telling = told_by_probe(report, first)
    if telling:
        seen = ", ".join(telling[:3])
        impact = f"Ten steps on a copy show what the log does not hold: {seen}."
        steps.append(Fix({"command": PROBE}, impact, quick=True))
    return tuple(steps)


def told_by_probe(report: Report, cause: RootCause) -> tuple[str, ...]:
    """Return the symptoms that bear on `cause` and that only a measurement by layer could show."""
    fault = FAULTS.get(cause.cause)
    unseen = [item.symptom for item in report.not_checked if _is_by_layer(item.needs)]
    if fault is None:
        return ()
    return tuple(symptom for symptom in unseen if bears_on(fault, symptom) >= BEARING)


def next_commands(report: Report) -> tuple[str, ...]:
    """Return the commands to run next on this log, the most useful first.

    After a fault the last one judges its mend: AFTER stands for the run with it.
    """
    if report.format == WORDS:
        return ("neural-trainer diagnose LOG --config FILE --code PATH", f"{PROBE} --log LOG")
    source = shlex.quote(printable(report.source))
    if report.verdict == "faulty" and report.root_causes:
        top = report.root_causes[0]
        commands = [f"neural-trainer explain {top.cause}", f"neural-trainer plot {source}"]
        if any("config" in fix.implementation for fix in top.fixes):
            commands.insert(1, f"neural-trainer diagnose {source} --write-config fixed.yaml")
        return (*commands, f"neural-trainer compare {source} AFTER")
    commands = [f"neural-trainer curves {source}"]
    unseen = any(_is_by_layer(item.needs) for item in report.not_checked)
    if report.verdict == "cannot_judge" and report.symptoms and unseen:
        commands.append(PROBE)
    return tuple(commands)


def _is_by_layer(needs: str) -> bool:
    return any(needs.endswith(role) for role in BY_LAYER)
