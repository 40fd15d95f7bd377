"""How far attention looks ahead, seen in the calls of torch's softmax and attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.layers.wrapping import is_traced, wrap

_SHORTEST = 4  # positions of a sequence that tells anything
_HIDDEN = -1e3  # a mask that is added and lies below leaves nothing to see


class AttentionCalls:
    """Watches which positions see the very next one, while `on`.

    Of attention of a sequence to itself: through scaled_dot_product_attention, by the mask that it
    is given; through a softmax over scores of (…, length, length), by its weights. Within
    torch.compile, and through other kernels, nothing is seen.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self.on = False
        self._on_error = on_error
        self._least: Tensor | None = None
        places: tuple[tuple[Any, str, Callable[..., Tensor | None]], ...] = (
            (nn.functional, "scaled_dot_product_attention", _by_mask),
            (Tensor, "softmax", _by_weights),  # functional.softmax calls it too
            (torch, "softmax", _by_weights),
        )
        self._undo = [wrap(place, name, self._wrapper(look)) for place, name, look in places]

    def take(self) -> Tensor | None:
        """Return the share of positions that see the next, the least of all calls since the last
        call of this; None where no attention was seen."""
        least, self._least = self._least, None
        return least

    def release(self) -> None:
        """Put the functions back."""
        self.on = False
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _wrapper(
        self, look: Callable[..., Tensor | None]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
            def attention(*given: Any, **named: Any) -> Any:
                out = original(*given, **named)
                if self.on and torch.is_grad_enabled() and not is_traced(out):
                    self._told(look, out, given, named)
                return out

            return attention

        return wrapper

    def _told(
        self, look: Callable[..., Tensor | None], out: Tensor, given: Any, named: Any
    ) -> None:
        try:
            with torch.no_grad():
                ahead = look(out.detach(), *given, **named)
            if ahead is not None:
                least = self._least
                self._least = ahead if least is None else torch.minimum(least, ahead)
        except Exception as error:  # a fault of ours must not end the training
            self.release()
            self._on_error(error)


def _by_mask(
    out: Tensor, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, **_: Any,
) -> Tensor | None:  # fmt: skip
    length = query.shape[-2]
    if length != key.shape[-2] or length < _SHORTEST:
        return None
    if attn_mask is None:
        return out.new_full((), 0.0 if is_causal else 1.0, dtype=torch.float32)
    mask = attn_mask.expand(*attn_mask.shape[:-2], length, length).diagonal(1, -2, -1)
    return (mask if mask.dtype == torch.bool else mask > _HIDDEN).float().mean()


def _by_weights(out: Tensor, *given: Any, **named: Any) -> Tensor | None:
    dim, last = named.get("dim", given[1] if len(given) > 1 else None), out.dim() - 1
    is_square = last > 1 and out.shape[-1] == out.shape[-2] >= _SHORTEST
    if not is_square or dim not in (-1, last):
        return None
    return (out.diagonal(1, -2, -1) > 0).float().mean()
