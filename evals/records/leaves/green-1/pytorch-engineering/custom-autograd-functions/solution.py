"""Cross-entropy of a linear head without ever holding all logits."""

import torch
import torch.nn.functional as F
from torch.autograd import Function


class _LinearCrossEntropy(Function):
    """The gradients are made in forward, chunk by chunk, for a gradient of 1 into the loss."""

    @staticmethod
    def forward(ctx, hidden, weight, bias, target, ignore_index, chunk, record):
        need_h, need_w, need_b = (record and need for need in ctx.needs_input_grad[:3])
        exact = torch.float64 if hidden.dtype == torch.float64 else torch.float32
        rows = (target != ignore_index).nonzero()[:, 0]
        count = max(len(rows), 1)
        # Sums over rows in float32 at least; rounded once, at the end of backward.
        grad_h = torch.zeros(hidden.shape, dtype=exact, device=hidden.device) if need_h else None
        grad_w = torch.zeros(weight.shape, dtype=exact, device=hidden.device) if need_w else None
        grad_b = torch.zeros(bias.shape, dtype=exact, device=hidden.device) if need_b else None
        total = torch.zeros((), dtype=torch.float64, device=hidden.device)
        with torch.autocast(hidden.device.type, enabled=False):
            table = weight.to(exact)
            offset = None if bias is None else bias.to(exact)
            for part in rows.split(chunk):
                h, goal = hidden[part].to(exact), target[part, None]
                logits = F.linear(h, table, offset)
                norm = logits.logsumexp(1, keepdim=True)
                total += (norm - logits.gather(1, goal)).sum(dtype=torch.float64)
                if not (need_h or need_w or need_b):
                    continue
                slope = logits.sub_(norm).exp_()
                slope.scatter_add_(1, goal, slope.new_full(goal.shape, -1.0))
                slope /= count
                if need_h:
                    grad_h[part] = slope @ table
                if need_w:
                    grad_w.addmm_(slope.T, h)
                if need_b:
                    grad_b += slope.sum(0)
        ctx.save_for_backward(grad_h, grad_w, grad_b)
        ctx.dtype = hidden.dtype
        return (total / count).to(hidden.dtype)

    @staticmethod
    def backward(ctx, grad):
        # Not once_differentiable: it lets create_graph pass when `grad` itself needs no gradient,
        # and a penalty on these gradients would then silently have none.
        if torch.is_grad_enabled():
            raise RuntimeError(
                "linear_cross_entropy has no second derivative (create_graph=True): use "
                "F.cross_entropy(F.linear(hidden, weight, bias), target) for a gradient penalty"
            )
        # New tensors each time: what is saved stays as it is for another backward.
        grads = [
            (saved * grad.to(saved.dtype)).to(ctx.dtype) if saved is not None and need else None
            for saved, need in zip(ctx.saved_tensors, ctx.needs_input_grad[:3], strict=True)
        ]
        return *grads, None, None, None, None


def linear_cross_entropy(hidden, weight, bias, target, ignore_index=-100, chunk=64):
    """F.cross_entropy(F.linear(hidden, weight, bias), target, ignore_index=ignore_index), a chunk
    of rows at a time; 0 where every target is ignored. No second derivatives: they raise."""
    if chunk < 1:
        raise ValueError("chunk must be at least 1")
    if hidden.dim() != 2 or target.shape != hidden.shape[:1]:
        raise ValueError("hidden must be (rows, dim) and target (rows,)")
    for tensor in (weight, bias):
        if tensor is not None and tensor.dtype != hidden.dtype:
            raise TypeError("hidden, weight and bias must have one dtype")
    out = (target != ignore_index) & ((target < 0) | (target >= weight.shape[0]))
    if out.any():
        raise IndexError("target out of range")
    return _LinearCrossEntropy.apply(
        hidden, weight, bias, target, ignore_index, chunk, torch.is_grad_enabled()
    )
