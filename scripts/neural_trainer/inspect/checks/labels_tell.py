"""Do the labels belong to their inputs: do they teach more than the same labels dealt out anew?

The model is trained twice on the same batches, with the labels as they are and dealt out anew
within each, and judged on the JUDGED batches before them with their own labels. Passed where the
labels as they are leave the samples smaller losses, by SURE standard errors. It never fails: few
steps on few samples tell nothing of a hard task, and labels that were mixed up look like one.
"""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.inspect.checks.observing import CLASSES
from neural_trainer.inspect.checks.outcome import NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step, without_dropout
from neural_trainer.inspect.copies import batches
from neural_trainer.layers.batches import mapped, targets

ID = "labels-tell"
STEPS, SECONDS = 60, 6.0  # of one training
JUDGED = 4  # batches
SURE = 3.0
FEWEST = 8  # samples to judge by


def check(subject: Subject) -> Outcome:
    """Train with labels as they are and dealt out anew; judge both on batches left out."""
    if _labels(subject.batch) is None:
        return NotCheckable("no targets of whole numbers, one a sample")
    if subject.train.num_batches < 2 * JUDGED:
        return NotCheckable(f"fewer than {2 * JUDGED} batches")
    call = next((one for one in subject.seen.calls if one.name in CLASSES), None)
    if call is None or call.target.ndim != 1:
        return NotCheckable("no cross-entropy of torch.nn.functional with one class a sample")
    num = min(JUDGED + STEPS, subject.train.num_batches)  # a batch that is judged trains nothing
    found = list(batches(subject.case, num))
    judged, trained = found[:JUDGED], found[JUDGED:]
    generator = torch.Generator().manual_seed(0)
    others = [_dealt(batch, generator) for batch in trained]
    own, num_steps = _losses(subject, trained, judged, STEPS, SECONDS)
    anew, _ = _losses(subject, others, judged, num_steps, math.inf)
    if own is None or anew is None or len(own) < FEWEST:
        return NotCheckable("loss_fn shows no cross-entropy of each sample in evaluation")
    gain = anew - own
    error = float(gain.std()) / len(gain) ** 0.5
    times = float(gain.mean()) / error if error > 0 else 0.0
    numbers = {"own": float(own.mean()), "anew": float(anew.mean()), "standard_errors": times}
    told = (
        f"after {num_steps} steps {len(own)} samples left out have a loss of {numbers['own']:.3g}, "
        f"with the labels dealt out anew {numbers['anew']:.3g}"
    )
    if times >= SURE:
        return Passed(told, numbers)
    return NotCheckable(f"{told}: so few steps do not tell whether the labels belong there")


def _labels(batch: Any) -> Tensor | None:
    found = targets(batch)
    return found if isinstance(found, Tensor) and found.ndim == 1 else None


def _dealt(batch: Any, generator: torch.Generator) -> Any:
    """Return a batch with its labels dealt out anew among its samples."""
    labels = _labels(batch)
    assert labels is not None
    dealt = labels[torch.randperm(len(labels), generator=generator).to(labels.device)]
    return mapped(batch, lambda tensor: dealt if tensor is labels else tensor)


def _losses(
    subject: Subject, trained: list[Any], judged: list[Any], num_steps: int, seconds: float
) -> tuple[Tensor | None, int]:
    """Train a copy; return the loss of each sample of `judged`, (samples,), and the steps taken."""
    model, optimizers = subject.with_adamw()
    without_dropout(model)
    began, taken = time.monotonic(), 0
    while taken < num_steps and time.monotonic() - began < seconds:
        seed()
        take_step(subject, model, optimizers, trained[taken % len(trained)])
        taken += 1
    each = [_each(subject, model.eval(), batch) for batch in judged]
    shown = [one for one in each if one is not None]
    return torch.cat(shown) if len(shown) == len(each) else None, taken


def _each(subject: Subject, model: nn.Module, batch: Any) -> Tensor | None:
    calls = [one for one in subject.observed(model, batch).calls if one.name in CLASSES]
    if not calls or calls[-1].target.ndim != 1:
        return None
    loss = getattr(nn.functional, calls[-1].name)
    with torch.no_grad():
        each: Tensor = loss(calls[-1].input.float(), calls[-1].target, reduction="none")
    return each.cpu()
