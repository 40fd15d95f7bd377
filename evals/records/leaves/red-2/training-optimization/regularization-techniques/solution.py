"""Cross-entropy with label smoothing and mixup, over options that differ from row to row."""

import torch
from torch import Tensor

PADDING = -100


def smoothed_loss(
    logits: Tensor,
    target: Tensor,
    smoothing: float = 0.0,
    second: Tensor | None = None,
    share: float | Tensor = 1.0,
) -> Tensor:
    """Mean over the rows that are not padding; float32, or float64 for float64 logits.

    Options that do not exist have logit -inf. A row whose `second` is padding (-100) counts with its target
    alone. A class with weight that does not exist in its row (an infinite loss) raises ValueError.
    """
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    real = target != PADDING
    # Padding rows are replaced before the softmax: anything later would leave 0 * nan in the gradient.
    scores = torch.where(real[:, None], logits.to(dtype), 0.0)
    exists = scores != -torch.inf
    # 0 in place of -inf, so that weight 0 times a missing option is 0, forward and backward.
    log_p = scores.log_softmax(1).masked_fill(~exists, 0.0)

    def of_class(classes: Tensor, weight: Tensor) -> Tensor:
        used = real & (classes != PADDING)
        index = classes.long().masked_fill(~used, 0)[:, None]
        missing = used & (weight * (1 - smoothing) > 0) & ~exists.gather(1, index)[:, 0]
        if missing.any():
            row = int(missing.nonzero()[0, 0])
            raise ValueError(f"row {row}: class {int(classes[row])} is not among the options of the row")
        return log_p.gather(1, index)[:, 0]

    if second is None:
        likely = of_class(target, torch.ones_like(log_p[:, 0]))
    else:
        first_weight = torch.as_tensor(share, dtype=dtype, device=logits.device).expand(len(logits))
        first_weight = torch.where(second != PADDING, first_weight, 1.0)
        likely = first_weight * of_class(target, first_weight)
        likely = likely + (1 - first_weight) * of_class(second, 1 - first_weight)
    # Both classes smooth over the same options, so the even part does not depend on share.
    even = log_p.sum(1) / exists.sum(1).clamp(min=1)
    loss = -((1 - smoothing) * likely + smoothing * even)
    return torch.where(real, loss, 0.0).sum() / real.sum().clamp(min=1)
