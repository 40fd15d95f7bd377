"""What a torch optimizer knows as it steps: the norm of its gradients and the learning rate."""

from __future__ import annotations

from typing import Any


class LastStep:
    """Sees each step of one optimizer just before it is taken, with no change to the loop."""

    def __init__(self, optimizer: Any) -> None:
        """Register with `optimizer`; nothing is computed until it steps."""
        self._optimizer = optimizer
        self._seen: dict[str, Any] = {}
        self._handle = optimizer.register_step_pre_hook(self._before_step)

    def take(self) -> dict[str, Any]:
        """Return lr and grad_norm of the step since the last call.

        Where the optimizer has not stepped there is only the lr, as it stands now. The values may
        be tensors of no dimension, which are still on their way on a device.
        """
        seen = self._seen or {"lr": self._optimizer.param_groups[0]["lr"]}
        self._seen = {}
        return seen

    def release(self) -> None:
        """Let go of the optimizer."""
        self._handle.remove()

    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        # The lr is read here because a scheduler may have moved it by the time the loop reports.
        self._seen = {"lr": optimizer.param_groups[0]["lr"]}
        norm = gradient_norm(optimizer)
        if norm is not None:
            self._seen["grad_norm"] = norm


def gradient_norm(optimizer: Any) -> Any:
    """Return the L2 norm of all gradients of an optimizer, a tensor; None where there is none."""
    from torch import Tensor
    from torch.nn.utils import get_total_norm

    gradients: list[Tensor] = []
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is not None:
                sparse = gradient.is_sparse
                gradients.append(gradient.coalesce().values() if sparse else gradient)
    return get_total_norm(gradients) if gradients else None
