"""What torch's gradient clipping and loss scaling do, told as they do it, with no change to a loop.

The functions are wrapped where torch looks them up at each call, so that a loop that imported
clip_grad_norm_ before is seen too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from neural_trainer.layers.wrapping import wrap


class Listener(Protocol):
    """Who is told. Nothing that it raises reaches the training: it must raise nothing."""

    def clipping(
        self, parameters: list[Any], max_norm: float, norm: Any, order: float | None
    ) -> None:
        """Gradients are about to be scaled so that their norm is at most max_norm.

        norm: what they are scaled by; order: of the norm, None where torch has not computed it.
        """

    def clipping_values(self, parameters: list[Any]) -> None:
        """Gradients are about to be clamped value by value."""

    def scaled(self, scaler: Any) -> None:
        """A loss was multiplied by a scaler's factor."""

    def unscaled(self, scaler: Any, optimizer: Any) -> None:
        """The gradients of an optimizer have been divided by the factor."""

    def stepping(self, scaler: Any, optimizer: Any) -> None:
        """A scaler is about to let an optimizer step, or to skip the step."""

    def stepped(self, scaler: Any, optimizer: Any) -> None:
        """It has done so."""


class Interception:
    """Wraps torch's functions until it is released; several may be nested."""

    def __init__(self, listener: Listener) -> None:
        """Wrap what this torch has: of older ones some functions have other names."""
        self._listener: Listener | None = listener
        self._undo: list[Callable[[], None]] = []
        self._computed: tuple[Any, float] = (None, 2.0)  # torch's last norm, and its order
        self.sees_clipping = self._wrap_clipping()
        self._wrap_scaler()

    def release(self) -> None:
        """Put the functions back; where others than us have wrapped them, tell nobody any more."""
        self._listener = None
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _wrap_clipping(self) -> bool:
        import torch.nn.utils
        from torch.nn.utils import clip_grad

        if not hasattr(clip_grad, "_clip_grads_with_norm_"):
            return False

        def norm_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
            def total_norm(tensors: Any, norm_type: float = 2.0, *more: Any, **named: Any) -> Any:
                norm = original(tensors, norm_type, *more, **named)
                self._computed = (norm, float(norm_type))
                return norm

            return total_norm

        def clip_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
            def clip(parameters: Any, max_norm: Any, norm: Any, *more: Any, **named: Any) -> Any:
                parameters = _listed(parameters)
                if self._listener is not None:
                    computed, order = self._computed
                    self._computed = (None, 2.0)
                    known = order if norm is computed else None
                    self._listener.clipping(parameters, float(max_norm), norm, known)
                return original(parameters, max_norm, norm, *more, **named)

            return clip

        def value_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
            def clamp(parameters: Any, *more: Any, **named: Any) -> Any:
                parameters = _listed(parameters)
                if self._listener is not None:
                    self._listener.clipping_values(parameters)
                return original(parameters, *more, **named)

            return clamp

        places: Iterable[Any] = (clip_grad, torch.nn.utils)
        for name, wrapper in (
            ("_get_total_norm", norm_wrapper), ("get_total_norm", norm_wrapper),
            ("_clip_grads_with_norm_", clip_wrapper), ("clip_grads_with_norm_", clip_wrapper),
            ("clip_grad_value_", value_wrapper),
        ):  # fmt: skip
            for place in places:
                if hasattr(place, name):
                    self._undo.append(wrap(place, name, wrapper))
        return True

    def _wrap_scaler(self) -> None:
        from torch.amp.grad_scaler import GradScaler

        def scale(original: Callable[..., Any]) -> Callable[..., Any]:
            def scaled(scaler: Any, *more: Any, **named: Any) -> Any:
                if self._listener is not None and scaler.is_enabled():
                    self._listener.scaled(scaler)
                return original(scaler, *more, **named)

            return scaled

        def unscale(original: Callable[..., Any]) -> Callable[..., Any]:
            def unscaled(scaler: Any, optimizer: Any) -> Any:
                done = original(scaler, optimizer)
                if self._listener is not None and scaler.is_enabled():
                    self._listener.unscaled(scaler, optimizer)
                return done

            return unscaled

        def step(original: Callable[..., Any]) -> Callable[..., Any]:
            def stepped(scaler: Any, optimizer: Any, *more: Any, **named: Any) -> Any:
                listener = self._listener if scaler.is_enabled() else None
                if listener is not None:
                    listener.stepping(scaler, optimizer)
                done = original(scaler, optimizer, *more, **named)
                if listener is not None:
                    listener.stepped(scaler, optimizer)
                return done

            return stepped

        for name, wrapper in (("scale", scale), ("unscale_", unscale), ("step", step)):
            self._undo.append(wrap(GradScaler, name, wrapper))


def _listed(parameters: Any) -> list[Any]:
    """Return parameters as a list: a generator may be asked once alone."""
    return [parameters] if hasattr(parameters, "grad_fn") else list(parameters)
