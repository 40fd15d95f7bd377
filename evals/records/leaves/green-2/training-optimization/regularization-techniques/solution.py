"""Cross-entropy with label smoothing and mixup over the options that each row has."""

import torch
from torch import Tensor


def smoothed_loss(
    logits: Tensor,
    target: Tensor,
    smoothing: float = 0.0,
    second: Tensor | None = None,
    share: float | Tensor = 1.0,
) -> Tensor:
    """Mean over rows whose target is not -100; float32, or float64 for float64 logits.

    A row without a second class (second == -100, mixed with padding) counts its first alone.
    """
    exact = torch.promote_types(logits.dtype, torch.float32)
    real = target != -100
    # zeros in place of padding before log_softmax: a row of -inf or NaN would spoil the gradient
    rows = torch.where(real[:, None], logits.to(exact), 0.0)
    exists = rows != -torch.inf
    log_probs = rows.log_softmax(-1)

    def of(classes: Tensor) -> Tensor:
        return log_probs.gather(1, classes.clamp(min=0).long()[:, None]).squeeze(1)

    right = of(target)
    if second is not None:
        share = torch.as_tensor(share, dtype=exact, device=logits.device)
        other = 1 - share
        mixed = (second != -100) & (other != 0)  # an absent class of weight 0: no 0 * -inf
        right = torch.where(mixed, share * right + other * torch.where(mixed, of(second), 0), right)
    loss = (1 - smoothing) * right
    if smoothing:
        spread = torch.where(exists, log_probs, 0.0).sum(1) / exists.sum(1).clamp(min=1)
        loss = loss + smoothing * spread
    return torch.where(real, -loss, 0.0).sum() / real.sum().clamp(min=1)
