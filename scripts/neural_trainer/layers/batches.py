"""What a batch holds: moved to a device, counted, cut, and looked at when it does harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from neural_trainer.errors import ConfigError

IGNORED = -100  # a target that cross_entropy leaves out of its mean


def mapped(batch: Any, change: Callable[[Any], Any]) -> Any:
    """Return `batch` with `change` made to every tensor in it, however nested."""
    if hasattr(batch, "to"):
        return change(batch)
    if isinstance(batch, dict):
        return {key: mapped(value, change) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        moved = [mapped(value, change) for value in batch]
        if isinstance(batch, tuple):
            return type(batch)(*moved) if hasattr(batch, "_fields") else tuple(moved)
        return moved
    return batch


def on_device(batch: Any, device: Any) -> Any:
    """Return `batch` with every tensor in it, however nested, on `device`.

    The host does not wait until a copy to a device is done: what is put to work there comes after
    it, and memory that is not pinned has been read by then.
    """
    return mapped(batch, lambda tensor: tensor.to(device, non_blocking=True))


def first_samples(batch: Any, count: int) -> Any:
    """Return the first `count` samples of a batch: of each tensor as long as the batch."""
    whole = num_samples(batch)

    def cut(tensor: Any) -> Any:
        has_samples = getattr(tensor, "ndim", 0) and tensor.shape[0] == whole
        return tensor[:count] if has_samples else tensor

    return mapped(batch, cut)


def num_samples(batch: Any) -> int | None:
    """Return the first dimension of the first tensor in `batch`; None where there is none."""
    if getattr(batch, "ndim", 0):
        return int(batch.shape[0])
    if isinstance(batch, dict):
        batch = list(batch.values())
    if isinstance(batch, list | tuple):
        return next((n for n in map(num_samples, batch) if n is not None), None)
    return None


def num_terms(batch: Any) -> int:
    """Return of how many terms the loss of a batch is the mean: its targets, else its samples.

    The targets are the last part of a pair, or what a mapping calls labels, of whole numbers;
    those of -100 do not count. A case whose loss_fn counts otherwise says so: Case.num_terms.
    """
    labels = targets(batch)
    if labels is None:
        return num_samples(batch) or 1
    return int((labels != IGNORED).sum())


def targets(batch: Any) -> Any:
    """Return the targets in `batch` where they are whole numbers, else None."""
    found: Any = None
    if isinstance(batch, dict):
        found = batch.get("labels")
    elif isinstance(batch, list | tuple) and len(batch) > 1:
        found = batch[-1]
    is_whole = hasattr(found, "is_floating_point") and not found.is_floating_point()
    return found if is_whole else None


def with_targets(batch: Any) -> Any:
    """Return a batch of whose targets none counts as one whose loss is a number, to weigh by 0."""
    labels = targets(batch)
    return mapped(batch, lambda tensor: tensor.clamp(min=0) if tensor is labels else tensor)


def check_finite(batch: Any, where: str) -> None:
    """Raise ConfigError where a tensor of the batch holds a NaN or an infinity.

    The sum is not finite where an element is not, and costs one pass over the batch.
    """
    for name, tensor in tensors(batch):
        if not tensor.is_floating_point() or bool(tensor.sum().isfinite()):
            continue
        bad = ~tensor.isfinite()
        count = int(bad.sum())
        if count:  # else the sum alone overflowed
            first = int(bad.flatten(1).any(1).nonzero()[0]) if tensor.ndim > 1 else 0
            raise ConfigError(
                f"{where}: {count} of {tensor.numel()} values of the batch's {name or 'tensor'} "
                f"are NaN or infinite (sample {first} first); mend or drop these samples"
            )


def tensors(batch: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every tensor of a batch with where it lies: a key, or `part 0` of a pair."""
    if hasattr(batch, "is_floating_point"):
        yield name, batch
    elif isinstance(batch, dict):
        for key, value in batch.items():
            yield from tensors(value, f"{name}.{key}" if name else str(key))
    elif isinstance(batch, list | tuple):
        for number, value in enumerate(batch):
            yield from tensors(value, f"{name}.{number}" if name else f"part {number}")
