"""What torch's loss functions are told, looked at when a complete set of statistics is due."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.layers.batches import IGNORED
from neural_trainer.layers.passes import largest
from neural_trainer.layers.reductions import local
from neural_trainer.layers.wrapping import is_traced, wrap

_ROWS = 64  # of predictions that are looked at
_LABELS = 1024  # of targets that are looked at
_CLOSE = 1e-3  # of the sum of a row to one, wide enough for 16 bits
_REGRESSIONS = (
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
)  # fmt: skip


class LossCalls:
    """Watches the losses of torch.nn.functional, which its modules call too.

    Of every call with targets of fractions: target_max, their largest magnitude. While `on`:
    criterion_of_probabilities: 1 where cross_entropy is given rows that sum to one, or
    binary_cross_entropy_with_logits values in [0, 1] alone, instead of logits.
    criterion_broadcasts: 1 where predictions and targets differ in shape. criterion_mean: the mean
    over the terms of the only call in a step, as far as it is known. criterion_weighs: 1 where
    samples or classes are given weights. label_share: share of the
    most frequent class among the targets, and label_top, which it is. Of several calls in a step
    the last counts, but a flag that was set stays. Within torch.compile, and through a reference
    taken before, nothing is seen.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self.on = False
        self._on_error = on_error
        self._seen: dict[str, Any] = {}
        self._targets: tuple[Tensor, int | None] | None = None
        self._calls = 0
        self._weights: list[Tensor] = []  # gradients that have come to values of calls
        functional = nn.functional
        self._undo = [wrap(functional, "cross_entropy", self._wrapper(self._classifies))]
        for name in _REGRESSIONS:
            looks = functools.partial(self._compares, name)
            self._undo.append(wrap(functional, name, self._wrapper(looks)))

    def take(self, passes: int = 0) -> dict[str, Any]:
        """Return what was seen since the last call, and forget it. passes: of the model since."""
        seen, self._seen = self._seen, {}
        if self._calls != 1:
            seen.pop("criterion_mean", None)
        if passes and self._calls == passes == len(self._weights):
            seen["criterion_weight"] = torch.stack(self._weights).sum()
            seen["criterion_calls"] = float(passes)
        self._calls = 0
        self._weights.clear()
        return seen

    def take_targets(self) -> tuple[Tensor, int | None] | None:
        """Return the targets of the last call, and which of them count for nothing; for the latter
        None where the caller may weigh each by himself."""
        targets, self._targets = self._targets, None
        return targets

    def release(self) -> None:
        """Put the functions back."""
        self.on = False
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _wrapper(
        self, look: Callable[..., None]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
            def loss(*given: Any, **named: Any) -> Any:
                value = original(*given, **named)
                if torch.is_grad_enabled() and not is_traced(value):
                    self._told(look, given, named, value)
                return value

            return loss

        return wrapper

    def _told(self, look: Callable[..., None], given: Any, named: Any, value: Any) -> None:
        try:
            predicted = given[0] if given else named["input"]
            target = given[1] if len(given) > 1 else named["target"]
            if target.is_floating_point() and target.numel():
                self._seen["target_max"] = largest(target)
            if not self.on:
                return
            with torch.no_grad(), torch.autocast(predicted.device.type, enabled=False):
                ignored = named.get("ignore_index", IGNORED)
                look(local(predicted), local(target), ignored)
                self._calls += 1
                if value.requires_grad and value.numel() == 1:
                    value.register_hook(self._weighed)
                weighs = _weighs(given[2:], named)
                own = weighs or named.get("reduction", "mean") == "none"
                self._targets = (local(target.detach()), None if own else ignored)
                self._flag("criterion_weighs", float(weighs))
                mean = None if weighs else _mean(local(value), local(target), ignored, named)
                if mean is not None:
                    self._seen["criterion_mean"] = mean
        except Exception as error:  # a fault of ours must not end the training
            self.release()
            self._on_error(error)

    def _classifies(self, predicted: Tensor, target: Tensor, ignored: int) -> None:
        rows = predicted[:_ROWS].float()
        axis = 1 if rows.dim() > 1 else 0
        if rows.shape[axis] > 1:
            sums = (rows.sum(axis) - 1).abs().amax() < _CLOSE
            self._flag("criterion_of_probabilities", (sums & (rows.amin() >= -_CLOSE)).float())
        if not target.is_floating_point():
            self._count(target.flatten(), ignored)

    def _count(self, labels: Tensor, ignored: int) -> None:
        labels = labels[:: max(1, len(labels) // _LABELS)][:_LABELS].sort().values
        # Equal ones lie side by side: they are counted with no wait for how many classes there are.
        end = torch.searchsorted(labels, labels, right=True)
        same = end - torch.searchsorted(labels, labels)
        most = same.masked_fill(labels == ignored, 0).max(0)
        self._seen["label_share"] = most.values / len(labels)
        self._seen["label_top"] = labels.take(most.indices).float()

    def _compares(self, name: str, predicted: Tensor, target: Tensor, ignored: int) -> None:
        self._flag("criterion_broadcasts", float(predicted.shape != target.shape))
        if name.startswith("binary") and target.numel() == len(target):
            self._count(target.flatten().round(), ignored)
        if name.endswith("with_logits"):
            rows = predicted[:_ROWS].float()
            inside = (rows.amin() >= 0) & (rows.amax() <= 1) & (rows.amax() > rows.amin())
            self._flag("criterion_of_probabilities", inside.float())

    def _weighed(self, gradient: Tensor) -> None:
        """Take what a value counts in the sum that goes backward: 1 of n where it is their mean."""
        self._weights.append(gradient.detach().reshape(()).float())

    def _flag(self, name: str, value: Any) -> None:
        before = self._seen.get(name)
        if before is not None:
            value = (
                torch.maximum(before, value) if isinstance(value, Tensor) else max(before, value)
            )
        self._seen[name] = value


def _weighs(more: Any, named: Any) -> bool:
    """Tell whether a loss is given weights, by name or by place."""
    return bool(more) or any(named.get(name) is not None for name in ("weight", "pos_weight"))


def _mean(value: Tensor, target: Tensor, ignored: int, named: Any) -> Tensor | None:
    """Return the mean over the terms of a loss without weights; None where it is not known.

    Terms that the caller reduces are left alone.
    """
    reduction = named.get("reduction", "mean")
    if reduction == "mean":
        return value
    if reduction != "sum":
        return None
    counted = target.numel() if target.is_floating_point() else (target != ignored).sum()
    return value / counted
