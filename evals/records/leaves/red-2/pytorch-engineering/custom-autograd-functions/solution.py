"""Cross-entropy of a linear layer without the full logits."""

import torch
from torch import Tensor
from torch.autograd import Function

_BLOCK = 4096  # rows of a low-precision weight that are widened at a time


def _blocks(weight: Tensor, dtype: torch.dtype):
    """Parts of the weight in `dtype`, with where they lie."""
    size = len(weight) if weight.dtype == dtype else _BLOCK
    for start in range(0, len(weight), max(size, 1)):
        yield slice(start, start + size), weight[start : start + size].to(dtype)


class _LinearCrossEntropy(Function):
    @staticmethod
    def forward(ctx, hidden, weight, bias, target, ignore_index, chunk, needs):
        with torch.autocast(hidden.device.type, enabled=False):
            return _LinearCrossEntropy._run(
                ctx, hidden, weight, bias, target, ignore_index, chunk, needs
            )

    @staticmethod
    def _run(ctx, hidden, weight, bias, target, ignore_index, chunk, needs):
        # Sums over rows and vocabulary are kept in at least float32.
        wide = torch.float64 if hidden.dtype == torch.float64 else torch.float32
        kept = (target != ignore_index).nonzero().squeeze(1)
        if len(kept) and not 0 <= target[kept].min() <= target[kept].max() < len(weight):
            raise IndexError("a target is out of bounds")
        inputs = (hidden, weight, bias)
        d_hidden, d_weight, d_bias = (
            torch.zeros(x.shape, dtype=wide, device=x.device) if need else None
            for x, need in zip(inputs, needs, strict=True)
        )
        loss = torch.zeros((), dtype=torch.float64, device=hidden.device)
        for rows in kept.split(chunk):
            h, at = hidden[rows].to(wide), target[rows].unsqueeze(1)
            logits = torch.cat([h @ part.t() for _, part in _blocks(weight, wide)], 1)
            if bias is not None:
                logits += bias.to(wide)
            log_sum = logits.logsumexp(1, keepdim=True)
            loss += (log_sum - logits.gather(1, at)).sum(dtype=torch.float64)
            if not any(needs):
                continue
            d_logits = logits.sub_(log_sum).exp_()
            d_logits.scatter_add_(1, at, -torch.ones_like(log_sum))
            d_logits /= len(kept)
            if d_hidden is not None:
                d = torch.zeros_like(h)
                for where, part in _blocks(weight, wide):
                    d.addmm_(d_logits[:, where], part)
                d_hidden[rows] = d
            if d_weight is not None:
                d_weight.addmm_(d_logits.t(), h)
            if d_bias is not None:
                d_bias += d_logits.sum(0)
        ctx.dtype = hidden.dtype
        ctx.save_for_backward(d_hidden, d_weight, d_bias)
        return (loss / max(len(kept), 1)).to(hidden.dtype)

    @staticmethod
    def backward(ctx, grad):
        # The gradients are numbers from the forward pass and know nothing of how they depend on the
        # inputs. once_differentiable would not notice where `grad` itself needs no gradient.
        if torch.is_grad_enabled():
            raise RuntimeError(
                "linear_cross_entropy has no second derivative (create_graph=True); "
                "use F.cross_entropy(F.linear(...)) there"
            )
        grads = (
            None if saved is None else (saved * grad.to(saved.dtype)).to(ctx.dtype)
            for saved in ctx.saved_tensors
        )
        return (*grads, None, None, None, None)


def linear_cross_entropy(
    hidden: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    ignore_index: int = -100,
    chunk: int = 64,
) -> Tensor:
    """Mean cross-entropy of `hidden @ weight.T + bias`; 0 where every target is ignored.

    The gradients are worked out chunk by chunk in the forward pass. Can be differentiated once.
    """
    on = torch.is_grad_enabled()
    needs = tuple(on and x is not None and x.requires_grad for x in (hidden, weight, bias))
    return _LinearCrossEntropy.apply(hidden, weight, bias, target, ignore_index, chunk, needs)
