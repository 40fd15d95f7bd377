"""Runs with what the Monitor sees of passes, losses and batches, as sound loops and faulty ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measured import changed, measured, mlp, with_layers
from sketch import Sketch, made, sketch

from neural_trainer.runs.run import Run, Series

EVERY = 10  # steps from one complete set to the next
Made = Callable[[int], Run]


def _sets(s: Sketch, value: Any) -> Series:
    """Return `value` at the complete sets: one number for all, or one for each."""
    step = np.arange(EVERY, s.n + 1, EVERY, dtype=np.float64)
    return Series(step, np.broadcast_to(np.asarray(value, np.float64), step.shape).copy())


def _once(value: float) -> Series:
    """Return what is told at the tenth step alone."""
    return Series(np.array([10.0]), np.array([value]))


def _run(s: Sketch, **more: Any) -> Run:
    """Return a sound run with all of these signals; `more` are other than usual."""
    num = s.n // EVERY
    usual: dict[str, Any] = {
        "loss": s.noisy(s.falling()),
        "scored_with_dropout": Series(np.array([s.n / 2, s.n]), np.zeros(2)),
        "scored_trained_on": Series(np.array([s.n / 2, s.n]), np.zeros(2)),
        "fitted_without_dropout": _sets(s, 0.0),
        "input_rms": _sets(s, s.rng.uniform(0.4, 1.5)),
        "input_scale_ratio": _sets(s, s.rng.uniform(1, 8)),
        "input_max": s.rng.uniform(2.5, 4.5, s.n),
        "target_max": s.rng.uniform(2.0, 3.0, s.n),
        "output_contrast": _sets(s, s.rng.uniform(0.1, 1.0, num)),
        "output_in_fp16": _sets(s, 0.0),
        "criterion_of_probabilities": _sets(s, 0.0),
        "criterion_broadcasts": _sets(s, 0.0),
        "label_share": _sets(s, s.rng.uniform(0.1, 0.4, num)),
        "label_top": _sets(s, s.rng.integers(0, 10, num)),
        "optimizer_eps": _sets(s, 1e-8),
        "target_offset": _sets(s, 1.0),
        "column_near_target": _sets(s, s.rng.uniform(0.2, 0.7, num)),
        "criterion_calls": _sets(s, 1.0),
        "criterion_weight": _sets(s, 1.0),
        "scored_scale": Series(np.array([s.n / 2, s.n]), np.array([0.95, 1.1])),
        "scored_offset": Series(np.array([s.n / 2, s.n]), np.array([0.1, 0.2])),
        "optimizer_idle": _sets(s, 0.0),
        "gradient_absent": _sets(s, 0.0),
        "future_seen": _sets(s, 0.0),
        "padding_scored": _sets(s, 0.0),
        "frozen_untrained": _once(0.0),
        "unheld_untrained": _once(0.0),
    }
    signals = {**usual, **more}
    if "criterion_mean" not in signals:
        signals["criterion_mean"] = _sets(s, signals["loss"][EVERY - 1 :: EVERY][:num])
    return made({name: value for name, value in signals.items() if value is not None})


def _of(**more: Callable[[Sketch], Any]) -> Made:
    def one(seed: int) -> Run:
        s = sketch(seed)
        return _run(s, **{name: value(s) for name, value in more.items()})

    return one


def _leaping(s: Sketch) -> Run:
    at = np.flatnonzero(s.rng.random(s.n) < 0.01)
    at = np.unique(np.append(at[at > 60], s.n // 2))
    size, loss = s.rng.uniform(2.5, 4.5, s.n), s.noisy(s.falling())
    at = at[at >= s.n // 2]
    size[at] *= 40
    loss[at] += 5
    return _run(s, input_max=size, loss=loss)


def _large_but_harmless(s: Sketch) -> Run:
    size = s.rng.uniform(2.5, 4.5, s.n)
    size[s.n // 3 :: 97] *= 40  # the loss does not mind
    return _run(s, input_max=size, loss=s.falling())


def _not_finite(s: Sketch, of: str | None) -> Run:
    loss, size = s.noisy(s.falling()), s.rng.uniform(2.5, 4.5, s.n)
    loss[s.n // 2 :] = np.nan
    if of is not None:
        size[s.n // 2] = np.nan
    return _run(s, loss=loss, **({of: size} if of else {}))


def _held_back(s: Sketch) -> Run:
    layers = measured(s, mlp(3))
    return with_layers(_run(s, optimizer_eps=_sets(s, 0.1)), layers)


def _begins_far_off(s: Sketch) -> Run:
    layers = measured(s, mlp(3))
    norm = layers.gradients["weight_norm"].astype(np.float64)
    return with_layers(_run(s), changed(layers, weight_norm=40 * norm))


def _parts(s: Sketch, late: float) -> Run:
    num = s.n // EVERY
    course = np.where(np.arange(num) < num // 2, 1.0, late)
    contrast = _sets(s, course * s.rng.uniform(0.8, 1, num))
    return _run(s, output_contrast=None, **{"output_contrast/g": contrast})


def _times_the_mean(s: Sketch, factor: float) -> Run:
    loss = s.noisy(s.falling())
    return _run(s, loss=factor * loss, criterion_mean=_sets(s, loss[EVERY - 1 :: EVERY]))


PASSES_SOUND: dict[str, Made] = {
    "passes-seen": _of(),
    "pixels-of-one": _of(input_rms=lambda s: _sets(s, 0.5)),
    "one-class-most-and-weighed": _of(
        label_share=lambda s: _sets(s, 0.95),
        label_top=lambda s: _sets(s, 3.0),
        criterion_weighs=lambda s: _sets(s, 1.0),
    ),
    "scale-settles": lambda seed: _scaled(sketch(seed), 20),
    "one-of-ten-classes-most": _of(label_share=lambda s: _sets(s, 0.6)),
    "large-samples-that-do-no-harm": lambda seed: _large_but_harmless(sketch(seed)),
    "loss-weighted": lambda seed: _times_the_mean(sketch(seed), 0.5),
    "one-evaluation-of-three-in-training-mode": _of(
        scored_with_dropout=lambda s: Series(
            np.array([1.0, 2.0, 3.0]) * s.n / 3, np.array([1.0, 0, 0])
        )
    ),
    "head-begins-at-zero": _of(
        output_contrast=lambda s: _sets(s, np.where(np.arange(s.n // EVERY) < 3, 0.0, 0.5))
    ),
    "accumulates-and-divides": _of(criterion_calls=lambda s: _sets(s, 8.0)),
    "two-losses-in-full": _of(
        criterion_calls=lambda s: _sets(s, 2.0), criterion_weight=lambda s: _sets(s, 2.0)
    ),
    "restores-its-inputs": _of(target_offset=lambda s: _sets(s, 0.0)),
    "one-column-says-much": _of(column_near_target=lambda s: _sets(s, 0.85)),
    "one-evaluation-of-three-on-others": _of(
        scored_scale=lambda s: Series(np.array([1.0, 2.0, 3.0]) * s.n / 3, np.array([3.0, 1, 1])),
        scored_offset=lambda s: Series(np.array([1.0, 2.0, 3.0]) * s.n / 3, np.zeros(3)),
    ),
    "accumulates-before-the-first-step": _of(
        optimizer_idle=lambda s: _sets(s, np.arange(s.n // EVERY) < 6)
    ),
    "one-network-waits-for-gradients": _of(
        gradient_absent=lambda s: _sets(s, np.arange(s.n // EVERY) < s.n // EVERY // 2)
    ),
    "prefix-is-seen": _of(future_seen=lambda s: _sets(s, 0.2)),
    "padded-a-little": _of(padding_scored=lambda s: _sets(s, s.rng.uniform(0, 0.08))),
    "small-part-frozen-as-drawn": _of(frozen_untrained=lambda s: _once(0.01)),
    "parts-keep-their-contrast": lambda seed: _parts(sketch(seed), 0.6),
    "epsilon-as-usual": lambda seed: with_layers(
        _run(sketch(seed)), measured(sketch(seed), mlp(3))
    ),
}
PASSES_FAULTY: dict[str, Made] = {
    "evaluates-in-training-mode": _of(
        scored_with_dropout=lambda s: Series(np.array([s.n / 2, s.n]), np.ones(2))
    ),
    "scores-what-it-learnt": _of(
        scored_trained_on=lambda s: Series(np.array([s.n / 2, s.n]), np.array([0.1, 0.3]))
    ),
    "stays-in-eval-mode": _of(
        fitted_without_dropout=lambda s: _sets(s, np.arange(s.n // EVERY) >= s.n // EVERY // 2)
    ),
    "shifted-twice": _of(target_offset=lambda s: _sets(s, 2.0)),
    "column-of-the-target": _of(column_near_target=lambda s: _sets(s, 0.99)),
    "scored-unscaled": _of(
        scored_scale=lambda s: Series(np.array([s.n / 2, s.n]), np.array([3.0, 3.1]))
    ),
    "scored-far-off": _of(
        scored_offset=lambda s: Series(np.array([s.n / 2, s.n]), np.array([1.0, 1.1]))
    ),
    "eight-losses-in-full": _of(
        criterion_calls=lambda s: _sets(s, 8.0), criterion_weight=lambda s: _sets(s, 8.0)
    ),
    "never-stepped": _of(optimizer_idle=lambda s: _sets(s, 1.0)),
    "cut-off": _of(gradient_absent=lambda s: _sets(s, 1.0)),
    "cut-off-and-never-stepped": _of(
        gradient_absent=lambda s: _sets(s, 1.0), optimizer_idle=lambda s: _sets(s, 1.0)
    ),
    "sees-ahead": _of(future_seen=lambda s: _sets(s, 1.0)),
    "padding-counts": _of(padding_scored=lambda s: _sets(s, s.rng.uniform(0.2, 0.6))),
    "frozen-as-drawn": _of(frozen_untrained=lambda s: _once(0.4)),
    "left-out-as-drawn": _of(unheld_untrained=lambda s: _once(0.2)),
    "raw-pixels": _of(input_rms=lambda s: _sets(s, 130.0)),
    "features-apart": _of(input_scale_ratio=lambda s: _sets(s, 900.0)),
    "same-for-all": _of(output_contrast=lambda s: _sets(s, 1e-6)),
    "samples-narrow": lambda seed: _parts(sketch(seed), 0.05),
    "softmax-given": _of(criterion_of_probabilities=lambda s: _sets(s, 1.0)),
    "shapes-differ": _of(criterion_broadcasts=lambda s: _sets(s, 1.0)),
    "summed": lambda seed: _times_the_mean(sketch(seed), 64.0),
    "one-class-most": _of(label_share=lambda s: _sets(s, 0.95), label_top=lambda s: _sets(s, 3.0)),
    "sorted-by-class": _of(
        label_share=lambda s: _sets(s, 0.9),
        label_top=lambda s: _sets(s, np.arange(s.n // EVERY) % 10),
    ),
    "epsilon-large": lambda seed: _held_back(sketch(seed)),
    "inputs-break-the-loss": lambda seed: _not_finite(sketch(seed), "input_max"),
    "targets-break-the-loss": lambda seed: _not_finite(sketch(seed), "target_max"),
    "breaks-by-itself": lambda seed: _not_finite(sketch(seed), None),
    "samples-leap": lambda seed: _leaping(sketch(seed)),
    "breaks-in-fp16": lambda seed: _fp16(sketch(seed)),
    "every-step-overflows": lambda seed: _scaled(sketch(seed), None),
    "begins-far-off": lambda seed: _begins_far_off(sketch(seed)),
}


def _scaled(s: Sketch, settled: int | None) -> Run:
    """Return a run under a loss scale whose first steps, or all of them, overflow."""
    overflows = np.arange(s.n) < (s.n if settled is None else settled)
    loss = s.noisy(np.full(s.n, 2.3) if settled is None else s.falling())
    norm = np.where(overflows, np.inf, s.rng.uniform(0.5, 2.0, s.n))
    scale = np.full(s.n, 65536.0) if settled is None else np.where(overflows, 2.0**16, 2.0**10)
    skipped = np.cumsum(overflows)
    return _run(s, loss=loss, grad_norm=norm, loss_scale=scale, skipped_steps=skipped)


def _fp16(s: Sketch) -> Run:
    loss = s.noisy(s.falling())
    loss[s.n // 2 :] = np.nan
    return _run(s, loss=loss, output_in_fp16=_sets(s, 1.0))


# symptom -> the made run that shows it, and the share of the run at which it begins
PASSES_SHOWN: dict[str, tuple[tuple[str, float | None], ...]] = {
    "evaluated-in-train-mode": (("evaluates-in-training-mode", 0.5),),
    "held-out-trained-on": (("scores-what-it-learnt", 0.5),),
    "trained-in-eval-mode": (("stays-in-eval-mode", 0.5),),
    "inputs-far-off-scale": (("raw-pixels", 0.0), ("features-apart", 0.0)),
    "outputs-alike": (("same-for-all", 0.0),),
    "outputs-narrow": (("samples-narrow", 0.25),),
    "targets-out-of-step": (("shifted-twice", 0.0),),
    "column-is-the-target": (("column-of-the-target", 0.0),),
    "scored-on-another-scale": (("scored-unscaled", 0.5), ("scored-far-off", 0.5)),
    "accumulated-undivided": (("eight-losses-in-full", 0.0),),
    "optimizer-idle": (("never-stepped", 0.0),),
    "gradient-absent": (("cut-off", 0.0), ("cut-off-and-never-stepped", 0.0)),
    "attends-ahead": (("sees-ahead", 0.0),),
    "padding-scored": (("padding-counts", 0.0),),
    "untrained-layers-frozen": (("frozen-as-drawn", 0.0),),
    "untrained-layers-unheld": (("left-out-as-drawn", 0.0),),
    "loss-of-probabilities": (("softmax-given", 0.0),),
    "loss-broadcasts": (("shapes-differ", 0.0),),
    "loss-not-the-mean": (("summed", 0.0),),
    "one-label-dominates": (("one-class-most", 0.0),),
    "labels-in-turn": (("sorted-by-class", 0.0),),
    "epsilon-above-gradients": (("epsilon-large", 0.0),),
    "batch-nonfinite": (("inputs-break-the-loss", 0.5), ("targets-break-the-loss", 0.5)),
    "batch-leaps": (("samples-leap", 0.5),),
    "nonfinite-in-fp16": (("breaks-in-fp16", 0.0),),
    "steps-skipped": (("every-step-overflows", 0.5),),
    "weights-start-far-off": (("begins-far-off", 0.0),),
}
