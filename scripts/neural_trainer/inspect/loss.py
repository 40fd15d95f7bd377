"""The loss of a case, held to be what backward() takes."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from neural_trainer.errors import ConfigError


def checked_loss(loss: Any) -> Any:
    """Return `loss`, or raise ConfigError where it is no tensor of one number."""
    if isinstance(loss, Tensor) and loss.numel() == 1:
        return loss
    is_tensor = isinstance(loss, Tensor)
    what = f"tensor of shape {tuple(loss.shape)}" if is_tensor else type(loss).__name__
    raise ConfigError(f"loss_fn(model, batch) returned a {what}; expected a tensor of no dimension")
