"""Cross-entropy with label smoothing over each row's own options, and mixup."""

import torch
from torch import Tensor


def _take(log_prob: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """weight x log-probability of a class; 0 where the weight is 0, whatever the class."""
    used = weight != 0
    taken = log_prob.gather(1, index.masked_fill(~used, 0)[:, None])[:, 0]
    return weight * taken.masked_fill(~used, 0.0)


def smoothed_loss(logits: Tensor, target: Tensor, smoothing: float = 0.0, second: Tensor | None = None, share=1.0) -> Tensor:
    """Mean cross-entropy over the rows with target != -100; float32 (float64 for float64 logits).

    A row whose mixup partner is padding (second == -100) counts as not mixed.
    """
    real = target != -100
    # Padding rows leave before anything is computed: masking their loss afterwards would still let nan into the gradient.
    rows = logits[real].to(torch.promote_types(logits.dtype, torch.float32))
    target = target[real]
    log_prob = torch.log_softmax(rows, dim=1)

    first_share = torch.ones(len(rows), dtype=rows.dtype, device=rows.device)
    if second is not None:
        share = torch.as_tensor(share, dtype=rows.dtype, device=rows.device).expand(len(real))[real]
        second = second[real]
        first_share = torch.where(second == -100, first_share, share)
    total = _take(log_prob, target, (1 - smoothing) * first_share)
    if second is not None:
        total = total + _take(log_prob, second, (1 - smoothing) * (1 - first_share))
    if smoothing:
        # The spread part is the same for both classes; options that do not exist are left out (0 x -inf is nan).
        exists = rows != float("-inf")
        count = exists.sum(1).clamp(min=1)
        total = total + smoothing * log_prob.masked_fill(~exists, 0.0).sum(1) / count
    return -total.sum() / max(len(rows), 1)
