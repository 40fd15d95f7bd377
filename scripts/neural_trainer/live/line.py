"""One line of metrics.jsonl: which of its numbers are on a device, and what follows from them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Line(NamedTuple):
    """The numbers of a line before those on a device have come.

    here: those that the host has; there: tensors of one element; limits: the norms that clipping
    allowed, beside the norms that it found, clip_norm/0 …
    """

    here: dict[str, float]
    there: dict[str, Any]
    limits: list[float]


def sorted_out(values: Mapping[str, Any], everywhere: bool, note: Callable[[str], None]) -> Line:
    """Return values as a line; what is no number is left out and told to `note`.

    everywhere: take tensors on the host for tensors on a device.
    """
    line = Line({}, {}, list(values.get("clip_limits", ())))
    tensor = _tensor_class()
    for name, value in values.items():
        if name == "clip_limits":
            continue
        if tensor is not None and isinstance(value, tensor):
            if value.numel() != 1:
                note(f"metric {name} left out, it is no number: it has {value.numel()} elements")
            elif value.is_complex():
                note(f"metric {name} left out, it is complex; pass its real part or its magnitude")
            elif everywhere or value.device.type != "cpu":
                line.there[name] = value.detach()
            else:
                line.here[name] = float(value.item())
            continue
        try:
            detach = getattr(value, "detach", None)
            line.here[name] = float(value if detach is None else detach())
        except (TypeError, ValueError, RuntimeError) as error:
            note(f"metric {name} left out, it is no number: {error}")
    return line


def finished(numbers: dict[str, float], limits: list[float]) -> dict[str, float]:
    """Return the numbers of a line that is complete, with what follows from them.

    finite: whether loss and gradient norm are; grad_clipped: whether the norm was over a limit;
    clip_coefficient: what the gradient was multiplied by, in (0, 1], the smallest of several.
    """
    if limits:
        found = [numbers.pop(f"clip_norm/{i}") for i in range(len(limits))]
        factors = [limit / (norm + 1e-6) for limit, norm in zip(limits, found, strict=True)]
        known = [min(factor, 1.0) for factor in factors if not math.isnan(factor)]
        numbers.setdefault("grad_clipped", float(any(factor < 1 for factor in known)))
        if known:
            numbers.setdefault("clip_coefficient", min(known))
    told = [numbers[name] for name in ("loss", "grad_norm") if name in numbers]
    numbers["finite"] = float(all(map(math.isfinite, told)))
    return numbers


def _tensor_class() -> Any:
    torch = sys.modules.get("torch")
    return None if torch is None else torch.Tensor
