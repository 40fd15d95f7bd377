"""Cross-entropy of a linear layer, over chunks of rows, its gradients made on the way."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class _LinearCrossEntropy(Function):
    @staticmethod
    def forward(ctx, hidden, weight, bias, target, ignore_index, chunk):
        exact = torch.promote_types(hidden.dtype, torch.float32)
        need_hidden, need_weight, need_bias = ctx.needs_input_grad[:3]
        grad_hidden = torch.zeros_like(hidden) if need_hidden else None
        grad_weight = torch.zeros_like(weight, dtype=exact) if need_weight else None
        grad_bias = torch.zeros_like(bias, dtype=exact) if need_bias else None
        count = (target != ignore_index).sum().clamp(min=1)
        total = torch.zeros((), dtype=exact, device=hidden.device)
        wide = weight.to(exact)
        for start in range(0, len(hidden), chunk):
            rows, wanted = hidden[start : start + chunk].to(exact), target[start : start + chunk]
            logits = F.linear(rows, wide, None if bias is None else bias.to(exact))
            kept = wanted != ignore_index
            safe = wanted.where(kept, 0)
            log_probs = logits.log_softmax(-1)
            picked = log_probs.gather(1, safe[:, None])[:, 0]
            total -= picked.where(kept, 0).sum()
            if not (need_hidden or need_weight or need_bias):
                continue
            delta = log_probs.exp()
            delta[torch.arange(len(rows)), safe] -= 1
            delta *= kept[:, None] / count
            if need_hidden:
                grad_hidden[start : start + chunk] = (delta @ wide).to(hidden.dtype)
            if need_weight:
                grad_weight += delta.T @ rows
            if need_bias:
                grad_bias += delta.sum(0)
        if need_weight:
            grad_weight = grad_weight.to(weight.dtype)
        if need_bias:
            grad_bias = grad_bias.to(bias.dtype)
        ctx.save_for_backward(grad_hidden, grad_weight, grad_bias)
        return (total / count).to(hidden.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_out):
        grads = (None if grad is None else grad * grad_out for grad in ctx.saved_tensors)
        return (*grads, None, None, None)


def linear_cross_entropy(hidden, weight, bias, target, ignore_index=-100, chunk=64):
    """The mean over rows that are not ignored; 0 where all are."""
    return _LinearCrossEntropy.apply(hidden, weight, bias, target, ignore_index, chunk)
