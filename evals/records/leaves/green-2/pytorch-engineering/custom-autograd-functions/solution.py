import torch
from torch.autograd import Function


class _LinearCrossEntropy(Function):
    """Gradients for an incoming gradient of 1 are made in forward, chunk by chunk."""

    @staticmethod
    def forward(ctx, hidden, weight, bias, target, ignore_index, chunk, recording):
        # Sums over rows and the softmax are in float32 at least, rounded once at the end.
        dtype = torch.promote_types(hidden.dtype, torch.float32)
        needs = [recording and need for need in ctx.needs_input_grad[:3]]
        kept = (target != ignore_index).nonzero().squeeze(1)
        count = max(len(kept), 1)
        to_hidden, to_weight, to_bias = (
            torch.zeros(x.shape, dtype=dtype, device=x.device) if need else None
            for x, need in zip((hidden, weight, bias), needs, strict=True)
        )
        total = torch.zeros((), dtype=torch.float64, device=hidden.device)
        with torch.autocast(hidden.device.type, enabled=False):
            w = weight.to(dtype)
            b = None if bias is None else bias.to(dtype)
            for rows in kept.split(chunk):
                h = hidden[rows].to(dtype)
                logits = torch.nn.functional.linear(h, w, b)
                right = target[rows, None]
                lse = logits.logsumexp(1, keepdim=True)
                total += (lse - logits.gather(1, right)).sum(dtype=torch.float64)
                if not any(needs):
                    continue
                grad = logits.sub_(lse).exp_()  # the softmax, in the logits' place
                grad.scatter_add_(1, right, grad.new_full(right.shape, -1.0))
                grad /= count
                if needs[0]:
                    to_hidden[rows] = grad @ w
                if needs[1]:
                    to_weight.addmm_(grad.T, h)
                if needs[2]:
                    to_bias += grad.sum(0)
        ctx.save_for_backward(to_hidden, to_weight, to_bias)
        ctx.dtype = hidden.dtype
        return (total / count).to(hidden.dtype)

    @staticmethod
    def backward(ctx, grad_output):
        # The stored gradients carry no graph: with create_graph=True the second derivative
        # would be silently left out. (once_differentiable does not raise where the incoming
        # gradient is a constant, which is the usual case.)
        if torch.is_grad_enabled():
            raise RuntimeError(
                "linear_cross_entropy has first derivatives only: no create_graph=True "
                "(use F.cross_entropy(F.linear(...)) for a gradient penalty)"
            )
        # New tensors: a second backward needs the stored ones as they are.
        grads = (
            (saved * grad_output.to(saved.dtype)).to(ctx.dtype)
            if saved is not None and need
            else None
            for saved, need in zip(ctx.saved_tensors, ctx.needs_input_grad[:3], strict=True)
        )
        return *grads, None, None, None, None


def linear_cross_entropy(hidden, weight, bias, target, ignore_index=-100, chunk=64):
    """F.cross_entropy(F.linear(hidden, weight, bias), target), without all logits at once.

    0 with zero gradients where every target is ignored. First derivatives only.
    """
    if chunk < 1:
        raise ValueError("chunk must be at least 1")
    if hidden.ndim != 2 or target.shape != hidden.shape[:1]:
        raise ValueError("hidden must be (rows, dim), target (rows)")
    if weight.dtype != hidden.dtype or (bias is not None and bias.dtype != hidden.dtype):
        raise TypeError("hidden, weight and bias must have one dtype")
    recording = torch.is_grad_enabled()  # always off inside of forward
    return _LinearCrossEntropy.apply(hidden, weight, bias, target, ignore_index, chunk, recording)
