"""Which checks would settle between causes, and what their results say for causes and against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis.facts import Evidence, Fact
from neural_trainer.inspect.checks.outcome import Failed, Passed, Result
from neural_trainer.runs.plain_text import printable

FAILED = 200.0  # times; BOUNDS gives the reason
MOST_CHECKS = 8  # run for one log: those that weigh most among its leading causes
LEADING = 0.02  # confidence from which a cause is worth a check
MOST_LEADING = 6

# What a check that passes leaves of each cause that it looks for. A check of the whole, such as
# whether an optimizer covers all parameters, leaves 1 / 50; one of a sample, or of the beginning of
# a run whose fault may come later, leaves more.
LEAVES: Mapping[str, Mapping[str, float]] = {
    "data-finite": {"bad-batch": 0.1, "log-of-zero": 0.7},
    "data-shapes": {"train-val-mismatch": 0.7, "bad-batch": 0.7},
    "labels": {"class-imbalance": 0.1, "label-noise": 0.5, "labels-wrong": 0.6},
    "batches-mixed": {"data-not-shuffled": 0.03},
    "labels-tell": {"labels-wrong": 0.1},
    "duplicates": {"data-leakage": 0.2},
    "shift": {"train-val-mismatch": 0.3},
    "loss-inputs": {"softmax-twice": 0.02, "target-shape-broadcast": 0.03, "log-of-zero": 0.4},
    "padding": {"padding-not-masked": 0.02},
    "finite-order": {"bad-batch": 0.9, "log-of-zero": 0.8, "fp16-overflow": 0.9},
    "first-loss": {"bad-initialisation": 0.2, "inputs-not-normalised": 0.5,
                   "loss-reduction-wrong": 0.3},
    "outputs-depend": {"output-constant": 0.05},
    "gradients-reach": {"graph-detached": 0.05, "gradients-vanishing": 0.5},
    "frozen": {"parameters-frozen": 0.03},
    "optimizer-covers": {"parameters-not-in-optimizer": 0.02},
    "units-alive": {"relus-dead": 0.3, "activations-saturated": 0.3},
    "overfits-a-batch": {"graph-detached": 0.2, "output-constant": 0.2, "capacity-too-small": 0.4,
                         "gradients-vanishing": 0.3, "target-shape-broadcast": 0.3},
    "batch-independence": {"data-leakage": 0.8, "train-mode-while-evaluating": 0.8},
    "causality": {"causal-mask-missing": 0.02},
    "modes": {"train-mode-while-evaluating": 0.6, "train-val-mismatch": 0.8},
    "repeatable": {"seed-noise": 0.3},
    "lr-range": {"lr-too-high": 0.3, "lr-too-low": 0.2},
    "checkpoint": {"resume-incomplete": 0.2},
    "memory-and-time": {"out-of-memory": 0.3},
}  # fmt: skip


UNASKED = (
    "step-runs", "data-finite", "labels", "batches-mixed", "loss-inputs", "padding", "first-loss",
    "outputs-depend", "gradients-reach", "frozen", "optimizer-covers", "units-alive",
    "finite-order", "overfits-a-batch", "labels-tell", "batch-independence", "causality", "modes",
)  # fmt: skip
"""What is checked where no log asks for anything: what takes seconds and needs one batch."""


def checks_for(confidences: Mapping[str, float]) -> tuple[str, ...]:
    """Return the checks that would settle most between causes, in the order of LEAVES.

    confidences: cause -> what a diagnosis gives it. Each check is worth the confidence that it
    would take away if it passed.
    """
    leading = sorted(confidences.items(), key=lambda item: -item[1])[:MOST_LEADING]
    shares = {cause: share for cause, share in leading if share >= LEADING}
    worth = {
        check: sum(shares.get(cause, 0.0) * (1 - left) for cause, left in leaves.items())
        for check, leaves in LEAVES.items()
    }
    best = sorted((check for check in worth if worth[check] > 0), key=lambda c: -worth[c])
    return tuple(check for check in LEAVES if check in best[:MOST_CHECKS])


def check_evidence(results: Iterable[Result]) -> Evidence:
    """Return what checks say: a failure for the cause that it names, a pass against several.

    What could not be checked says nothing.
    """
    facts: list[Fact] = []
    for result in results:
        outcome = result.outcome
        name = f"check {result.check}"
        if isinstance(outcome, Failed) and outcome.cause in FAULTS:
            said = f"{_sentence(outcome.evidence)} [{name} failed]"
            facts.append(Fact(str(outcome.cause), "check", result.check, FAILED, said))
        elif isinstance(outcome, Passed):
            said = f"{_sentence(outcome.evidence)} [{name} passed]"
            facts += [
                Fact(cause, "check", result.check, times, said)
                for cause, times in LEAVES.get(result.check, {}).items()
            ]
    return Evidence(tuple(facts), ("check",))


def still_to_check(confidences: Mapping[str, float], done: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the checks that would settle between causes and were not run."""
    return tuple(check for check in checks_for(confidences) if check not in done)


def _sentence(said: str) -> str:
    text = printable(said, 300).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
