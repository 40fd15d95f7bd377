"""The memory of a training step by precision and by sharding, from what dry runs counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neural_trainer.inspect.architecture.dry_run import DryRun

# What each way divides among N devices (Rajbhandari et al. 2020, arXiv 1910.02054, section 3).
SHARDINGS = {
    "none": frozenset[str](),
    "ZeRO-1": frozenset({"optimizer"}),
    "ZeRO-2": frozenset({"optimizer", "gradients"}),
    "FSDP": frozenset({"optimizer", "gradients", "parameters"}),
}
DEGREES = (2, 8)


@dataclass(frozen=True)
class Memory:
    """Bytes on one device. optimizer_bytes is None where it could not be counted."""

    precision: str
    sharding: str
    degree: int
    parameter_bytes: float
    gradient_bytes: float
    optimizer_bytes: float | None
    activation_bytes: float
    other_bytes: float

    @property
    def total_bytes(self) -> float:
        """All of it: what is held when the backward pass begins and ends, added up."""
        optimizer = self.optimizer_bytes or 0.0
        return (
            self.parameter_bytes + self.gradient_bytes + optimizer
            + self.activation_bytes + self.other_bytes
        )  # fmt: skip


def memory(run: DryRun, precision: str, sharding: str = "none", degree: int = 1) -> Memory:
    """Return the memory of a step on each of `degree` devices; the batch is that of one device.

    An upper bound of what tensors take: activations are freed while gradients come. What the
    allocator, libraries and gathered shards take is not in it.
    """
    divided = SHARDINGS[sharding]

    def share(kind: str, num_bytes: int) -> float:
        return num_bytes / degree if kind in divided else float(num_bytes)

    optimizer = None if run.optimizer_bytes is None else share("optimizer", run.optimizer_bytes)
    return Memory(
        precision, sharding, degree,
        share("parameters", run.parameter_bytes),
        share("gradients", run.gradient_bytes),
        optimizer,
        float(run.activation_bytes),
        float(run.buffer_bytes + run.batch_bytes),
    )  # fmt: skip


def memories(runs: dict[str, DryRun], degrees: Sequence[int] = DEGREES) -> tuple[Memory, ...]:
    """Return the memory of each precision, whole and in every way and degree of sharding."""
    ways = [("none", 1)] + [(way, n) for n in degrees for way in SHARDINGS if way != "none"]
    return tuple(
        memory(run, precision, way, degree)
        for precision, run in runs.items()
        for way, degree in ways
    )
