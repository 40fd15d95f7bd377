import torch
from torch import Tensor


def smoothed_loss(
    logits: Tensor,
    target: Tensor,
    smoothing: float = 0.0,
    second: Tensor | None = None,
    share: float | Tensor = 1.0,
) -> Tensor:
    """Cross-entropy with smoothing over the options that exist (logit not -inf), and mixup.

    Rows with target -100 are left out. A real row whose `second` is -100 (mixed with padding)
    keeps its first class alone.
    """
    dtype = torch.promote_types(logits.dtype, torch.float32)
    real = target != -100
    # Padding becomes harmless before the softmax: NaN times a zero gradient would be NaN.
    scores = torch.where(real[:, None], logits.to(dtype), 0.0)
    exists = scores != -torch.inf
    log_probs = scores.log_softmax(-1)

    even = smoothing / exists.sum(-1, keepdim=True).to(dtype)
    rows = -(log_probs.masked_fill(~exists, 0.0) * even).sum(-1)

    def of_class(index: Tensor, weight: Tensor) -> Tensor:
        picked = log_probs.gather(-1, index[:, None]).squeeze(-1)
        return torch.where(weight == 0, 0.0, weight * picked.masked_fill(weight == 0, 0.0))

    first = torch.where(real, target, 0)
    if second is None:
        rows = rows - of_class(first, torch.full_like(rows, 1.0 - smoothing))
    else:
        share = torch.as_tensor(share, dtype=dtype, device=logits.device).expand_as(rows)
        mixed = real & (second != -100)
        share = torch.where(mixed, share, 1.0)
        other = torch.where(mixed, second, 0)
        rows = rows - of_class(first, (1.0 - smoothing) * share)
        rows = rows - of_class(other, (1.0 - smoothing) * (1.0 - share))
    return torch.where(real, rows, 0.0).sum() / real.sum().clamp(min=1)
