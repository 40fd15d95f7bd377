"""Optimizers that have not stepped yet: whether gradients come and the weights stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from neural_trainer.live.optimizer_steps import Seen

_TENSORS, _ELEMENTS = 8, 4  # whose first elements tell whether weights have moved
_MODEL = 0  # in place of an optimizer's id, which no object has


class Idle:
    """Watches the weights of optimizers, or of a model without one, until something steps them.

    A sound run, whose optimizers step at once, has no hooks of it.
    """

    def __init__(self) -> None:
        self._stepped: set[int] = set()
        self._waiting: dict[int, _Waiting] = {}
        self._without: list[bool] = []  # of optimizers that stepped: whether there was no gradient

    def took(self, optimizers: Sequence[Any], seen: Sequence[Seen], own: Iterable[Any]) -> None:
        """Take what each optimizer did in a step. own: the model's weights, where there is none."""
        at_work = {id(o) for o, s in zip(optimizers, seen, strict=True) if _works(s)}
        self._stepped = {id(o) for o in optimizers} & (self._stepped | at_work)
        idle = {id(o): o for o in optimizers if id(o) not in self._stepped}
        wanted = idle.keys() if optimizers else {_MODEL}
        for key in self._waiting.keys() - wanted:
            self._waiting.pop(key).release()
        for key in wanted - self._waiting.keys():
            groups = idle[key].param_groups if optimizers else [{"params": own}]
            self._waiting[key] = _Waiting(weight for group in groups for weight in group["params"])
        self._without = [not s.has_gradient for s in seen if s.has_gradient is not None]

    def look(self) -> dict[str, Any]:
        """Return optimizer_idle, 1 where weights stand that nothing has stepped, and
        gradient_absent, 1 where since the last look no gradient came to an optimizer's weights."""
        waiting = [each for each in self._waiting.values() if each.begun]
        came = [each.take_gradient() for each in waiting]
        absent = any(self._without) or not all(came)
        stand = [each.stands() for each in waiting]
        idle = torch.stack([one.to(stand[0].device) for one in stand]).amax() if stand else 0.0
        return {"optimizer_idle": idle, "gradient_absent": float(absent)}

    def release(self) -> None:
        """Take all hooks away."""
        for each in self._waiting.values():
            each.release()
        self._waiting.clear()


class _Waiting:
    """Weights that are waiting for a step; those that are sharded have no hooks that see it."""

    def __init__(self, weights: Iterable[Any]) -> None:
        whole = [w for w in weights if w.requires_grad and w.is_leaf and not hasattr(w, "to_local")]
        self.begun = bool(whole)
        self._came = any(weight.grad is not None for weight in whole)
        self._some = [w for w in whole if w.device == whole[0].device][:_TENSORS]
        self._before = [_first(weight).clone() for weight in self._some]
        self._handles = [w.register_post_accumulate_grad_hook(self._comes) for w in whole]

    def take_gradient(self) -> bool:
        """Return whether a gradient came since the last call."""
        came, self._came = self._came, False
        return came

    def stands(self) -> Tensor:
        """Return a number on the weights' device: 1 where none has moved since the first."""
        same = [(_first(w) == b).all() for w, b in zip(self._some, self._before, strict=True)]
        return torch.stack(same).all().float()

    def release(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _comes(self, _: Any) -> None:
        self._came = True


def _works(seen: Seen) -> bool:
    """Tell whether an optimizer has stepped, or a scaler has left its step out."""
    return seen.stepped or seen.skipped is not False


def _first(weight: Tensor) -> Tensor:
    return weight.detach().flatten()[:_ELEMENTS]
