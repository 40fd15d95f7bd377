"""What the settings of a run say of its causes: rates, decay, clipping, epsilon, precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from neural_trainer.diagnosis.facts import Evidence, Fact, Kind
from neural_trainer.symptoms import Findings

# Each bound is one that stands in the docstring of the cause it is about, or of its symptoms.
ADAM_HIGH, ADAM_LOW = 1e-2, 1e-6  # Adam's default is 1e-3; decades above and below it
SGD_HIGH, SGD_LOW = 1.0, 1e-5  # of gradient descent: 0.1 is usual for batches of 256
ANY_HIGH, ANY_LOW = 0.05, 1e-7  # of an optimizer that nobody named: much for Adam, usual for SGD
DECAY_HIGH = 0.3  # AdamW is used with 0.01 to 0.1 (Loshchilov & Hutter 2019, arXiv 1711.05101)
L2_HIGH = 0.01  # of SGD and Adam, where it is added to the gradient: 1e-4 is usual
EPSILON_HIGH, EPSILON_SMALL = 1e-4, 1e-6  # torch's default is 1e-8
CLIP_TIGHT, CLIP_LOOSE = 0.01, 0.5  # of the norm of all gradients: 1 is usual


@dataclass(frozen=True)
class Setting:
    """One setting as it stands somewhere. name: one of NAMES; value: a number, text or None."""

    name: str
    value: float | str | None
    where: str


NAMES = ("optimizer", "lr", "warmup", "weight_decay", "clip_norm", "epsilon", "precision")
LOGGED = {("lr", "lr-too-high"): "rate-large-for-adam", ("lr", "lr-too-low"): "rate-tiny"}
"""Settings and causes that a symptom weighs already, where the log holds what it needs."""


def not_logged(evidence: Evidence, findings: Findings) -> Evidence:
    """Return the evidence without the settings that the log's own symptoms have weighed."""
    looked_for = {finding.symptom for finding in findings.found} | set(findings.absent)
    kept = (f for f in evidence.facts if LOGGED.get((f.name, f.cause)) not in looked_for)
    return replace(evidence, facts=tuple(kept))


def settings_facts(settings: Iterable[Setting], kind: Kind) -> tuple[Fact, ...]:
    """Return what settings say for causes and against them."""
    known = list(settings)
    optimizers = {str(s.value).lower() for s in known if s.name == "optimizer"}
    optimizer = optimizers.pop() if len(optimizers) == 1 else ""
    facts: list[Fact] = []
    for setting in known:
        judge = _JUDGES.get(setting.name)
        for cause, times, said in judge(setting.value, optimizer) if judge else ():
            facts.append(Fact(cause, kind, setting.name, times, said, setting.where))
    return tuple(facts)


Judged = Iterator[tuple[str, float, str]]


def _lr(value: float | str | None, optimizer: str) -> Judged:
    if not isinstance(value, float):
        return
    if not optimizer:
        if value >= ANY_HIGH:
            yield "lr-too-high", 4.0, f"the learning rate is {value:g}: much, unless it is SGD's."
        elif value <= ANY_LOW:
            yield "lr-too-low", 4.0, f"the learning rate is {value:g}."
        return
    adaptive = _is_adaptive(optimizer)
    high, low = (ADAM_HIGH, ADAM_LOW) if adaptive else (SGD_HIGH, SGD_LOW)
    said = f"the learning rate of {optimizer} is {value:g}"
    if value >= high:
        yield "lr-too-high", 8.0, f"{said}: {high:g} is already much."
        yield "lr-too-low", 0.1, f"{said}."
    elif value <= low:
        yield "lr-too-low", 8.0, f"{said}: {low:g} is already little."
        yield "lr-too-high", 0.1, f"{said}."
    elif 10 * low <= value <= high / 3:
        yield "lr-too-high", 0.7, f"{said}, as is usual."
        yield "lr-too-low", 0.5, f"{said}, as is usual."


def _warmup(value: float | str | None, optimizer: str) -> Judged:
    if not isinstance(value, float):
        return
    if value > 0:
        yield "warmup-missing", 0.1, f"a warmup of {value:g} is set."
    else:
        yield "warmup-missing", 3.0, "the warmup is 0."


def _weight_decay(value: float | str | None, optimizer: str) -> Judged:
    if not isinstance(value, float) or not optimizer:
        return
    high = DECAY_HIGH if "adamw" in optimizer else L2_HIGH
    said = f"the weight decay of {optimizer} is {value:g}"
    if value > high:
        yield "weight-decay-too-high", 8.0, f"{said}: {high:g} is already much."
    elif value <= high / 3:
        yield "weight-decay-too-high", 0.05, f"{said}: too little to hold weights down."


def _clip_norm(value: float | str | None, optimizer: str) -> Judged:
    if value is None:
        yield "clipping-too-tight", 0.05, "gradients are not clipped."
    elif isinstance(value, float) and 0 < value <= CLIP_TIGHT:
        yield "clipping-too-tight", 8.0, f"gradients are clipped to a norm of {value:g}."
    elif isinstance(value, float) and value >= CLIP_LOOSE:
        yield "clipping-too-tight", 0.5, f"gradients are clipped to a norm of {value:g}, as usual."


def _epsilon(value: float | str | None, optimizer: str) -> Judged:
    if not isinstance(value, float):
        return
    if value >= EPSILON_HIGH:
        said = f"epsilon is {value:g}: updates shrink where gradients are smaller."
        yield "adam-epsilon-too-large", 10.0, said
    elif value <= EPSILON_SMALL:
        yield "adam-epsilon-too-large", 0.05, f"epsilon is {value:g}."


def _precision(value: float | str | None, optimizer: str) -> Judged:
    text = str(value).lower()
    if "bf16" in text or "bfloat16" in text or text in ("32", "fp32", "float32", "no", "32-true"):
        yield "fp16-overflow", 0.05, f"the precision is {text}, which does not overflow so."
        yield "grad-scaler-stuck", 0.05, f"the precision is {text}, which needs no loss scale."
    elif "16" in text or "half" in text:
        yield "fp16-overflow", 4.0, f"the precision is {text}."
        yield "grad-scaler-stuck", 3.0, f"the precision is {text}, which needs a loss scale."


def all_adaptive(optimizers: Iterable[float | str | None]) -> bool:
    """Tell whether all of these optimizers divide gradients by their size; False for none."""
    names = [str(name).lower() for name in optimizers]
    return bool(names) and all(map(_is_adaptive, names))


def _is_adaptive(optimizer: str) -> bool:
    return any(part in optimizer for part in ("adam", "lion", "rmsprop", "lamb", "adafactor"))


_JUDGES: dict[str, Callable[[float | str | None, str], Judged]] = {
    "lr": _lr, "warmup": _warmup, "weight_decay": _weight_decay, "clip_norm": _clip_norm,
    "epsilon": _epsilon, "precision": _precision,
}  # fmt: skip
