import torch
from cache import Cache
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    """Attention of the last `new` positions of each row, (batch, heads, new, size).

    Row by row, on what the row holds: unused room may hold NaN or another user's keys, and masking
    alone does not keep NaN out of weights @ values or of the gradient.
    """
    if window is not None and window < 1:
        raise ValueError("a window holds at least the query itself")
    new = q.shape[2]
    exact = torch.promote_types(q.dtype, cache.keys.dtype)
    needs_grad = torch.is_grad_enabled() and any(
        t.requires_grad for t in (q, cache.keys, cache.values)
    )
    rows = []
    for b, length in enumerate(cache.lengths.tolist()):
        real = min(new, length)
        if real == 0:  # zeros, of which the gradient is zero
            rows.append(q[b].masked_fill(torch.ones((), dtype=torch.bool, device=q.device), 0.0))
            continue
        oldest = length - real  # position of the first query
        start = 0 if window is None else max(0, oldest - window + 1)
        keys, values = cache.keys[b, :, start:length], cache.values[b, :, start:length]
        if needs_grad:  # the next append writes into the cache before backward has run
            keys, values = keys.clone(), values.clone()
        mask = None
        if real > 1:
            at = torch.arange(oldest, length, device=q.device)
            back = at[:, None] - torch.arange(start, length, device=q.device)
            mask = back >= 0
            if window is not None:
                mask &= back < window
        out = scaled_dot_product_attention(
            q[b : b + 1, :, new - real :].to(exact),
            keys[None].to(exact),
            values[None].to(exact),
            attn_mask=mask,
            enable_gqa=True,
        )[0]
        rows.append(pad(out, (0, 0, new - real, 0)).to(q.dtype))
    return torch.stack(rows)
