"""What does the full run take, and does it fit?

Counted are the tensors of weights, gradients and optimizer state after a step, and what autograd
keeps for the backward pass; timed are four steps in float32 after one to warm up.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step
from neural_trainer.layers.batches import tensors
from neural_trainer.runs.quantities import duration, size

ID = "memory-and-time"
STEPS = 4


def check(subject: Subject) -> Outcome:
    """Take a few steps and extrapolate to the run."""
    model, optimizers = subject.copy()
    seed()
    kept = _kept_for_backward(subject, model)
    for optimizer in optimizers:
        optimizer.step()
    times = []
    for step in range(STEPS + 1):
        began = time.perf_counter()
        take_step(subject, model, optimizers, subject.batches[step % len(subject.batches)])
        times.append(time.perf_counter() - began)
    step_s = statistics.median(times[1:])
    wait_s = subject.train.seconds / subject.train.num_batches
    parts = {
        "weights": bytes_of(model.parameters()) + bytes_of(model.buffers()),
        "gradients": bytes_of(p.grad for p in model.parameters() if p.grad is not None),
        "optimizer": bytes_of(t for o in optimizers for t in _state(o)),
        "activations": kept,
        "batch": bytes_of(tensor for _, tensor in tensors(subject.batch)),
    }
    needed, free = sum(parts.values()), free_bytes(subject.device)
    numbers = {f"{name}_bytes": float(value) for name, value in parts.items()}
    numbers |= {"needed_bytes": float(needed), "step_s": step_s, "data_s": wait_s}
    told = ", ".join(f"{name} {size(value)}" for name, value in parts.items())
    run, whole = _whole(subject, step_s + wait_s, numbers)
    if free is not None and needed > free:
        return Failed(
            f"it needs {size(needed)} and {size(free)} are free: {told}",
            "out-of-memory", "smaller batches with accumulation, recomputed activations, a lower "
            "precision", numbers,
        )  # fmt: skip
    return Passed(f"{run}{whole}; {size(needed)}: {told}", numbers)


def _whole(subject: Subject, batch_s: float, numbers: dict[str, float]) -> tuple[str, str]:
    plan = subject.plan
    run = f"a batch takes {batch_s:.3g} s on {subject.device.type}"
    if plan.num_steps is not None:
        total = batch_s * plan.num_batches * plan.num_steps
        numbers["run_s"] = total
        return run, f", {plan.num_steps} steps {duration(total)}"
    try:
        count = len(subject.case.train_batches)  # type: ignore[arg-type]
    except TypeError:
        return run, ""
    numbers["pass_s"] = batch_s * count
    return run, f", a pass of {count} {duration(batch_s * count)}"


def _kept_for_backward(subject: Subject, model: Any) -> int:
    """Return the bytes of distinct memory that autograd keeps from one forward pass."""
    own = {tensor.untyped_storage().data_ptr() for tensor in model.parameters()}
    held: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            held[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = subject.loss(model, subject.batch)
    kept = sum(held.values())
    loss.backward()
    return kept


def _state(optimizer: Any) -> Iterable[Tensor]:
    states = (value for entry in optimizer.state.values() for value in entry.values())
    return (value for value in states if isinstance(value, Tensor))


def bytes_of(found: Iterable[Tensor]) -> int:
    """Return the bytes of tensors."""
    return sum(tensor.numel() * tensor.element_size() for tensor in found)


def free_bytes(device: torch.device) -> int | None:
    """Return the memory that is free on a device; None where nobody tells."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None
