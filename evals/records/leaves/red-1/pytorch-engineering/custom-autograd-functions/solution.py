"""Cross entropy of a linear layer whose logits never exist in full."""

import torch
import torch.nn.functional as F


def linear_cross_entropy(hidden, weight, bias, target, ignore_index=-100, chunk=64):
    """`F.cross_entropy(F.linear(hidden, weight, bias), target, ignore_index=ignore_index)`.

    0 where every target is ignored. Gradients of second order work too (also in chunks), those
    of third order raise.
    """
    if hidden.ndim != 2 or weight.ndim != 2 or target.shape != hidden.shape[:1]:
        raise ValueError("expected hidden (rows, dim), weight (vocab, dim) and target (rows)")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError("expected a bias (vocab)")
    if any(x.dtype != hidden.dtype for x in (weight, bias) if x is not None):
        raise TypeError("hidden, weight and bias must be of one dtype")
    if not hidden.is_floating_point() or target.dtype != torch.int64:
        raise TypeError("expected floating point inputs and an int64 target")
    if chunk < 1:
        raise ValueError("chunk must be at least 1")
    # Asked here: within a Function's forward the gradient mode is always off.
    wanted = torch.is_grad_enabled()
    return _Loss.apply(hidden, weight, bias, target, ignore_index, chunk, wanted)


def _compute_dtype(dtype):
    return torch.float64 if dtype == torch.float64 else torch.float32


def _chunks(target, ignore_index, chunk):
    """Numbers of the rows that count, `chunk` at a time, and how many there are."""
    rows = (target != ignore_index).nonzero().flatten()
    return rows.split(chunk) if len(rows) else (), len(rows)


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, bias, target, ignore_index, chunk, wanted):
        dtype = _compute_dtype(hidden.dtype)
        need = [wanted and n for n in ctx.needs_input_grad[:3]]
        grads = [
            torch.zeros_like(x, dtype=dtype) if n else None
            for x, n in zip((hidden, weight, bias), need, strict=True)
        ]
        total = torch.zeros((), dtype=torch.float64, device=hidden.device)
        parts, count = _chunks(target, ignore_index, chunk)
        with torch.autocast(hidden.device.type, enabled=False):
            w = weight.to(dtype)
            b = None if bias is None else bias.to(dtype)
            for rows in parts:
                h, y = hidden[rows].to(dtype), target[rows, None]
                logits = F.linear(h, w, b)
                log_sum = logits.logsumexp(1, keepdim=True)
                total += (log_sum - logits.gather(1, y)).sum(dtype=torch.float64)
                if not any(need):
                    continue
                d = logits.sub_(log_sum).exp_()
                d.scatter_add_(1, y, d.new_full(y.shape, -1.0)).div_(count)
                if need[0]:
                    grads[0][rows] = d @ w
                if need[1]:
                    grads[1].addmm_(d.T, h)
                if need[2]:
                    grads[2] += d.sum(0)
        if any(need):
            ctx.save_for_backward(hidden, weight, bias, target, *grads)
        ctx.options = ignore_index, chunk
        return (total / max(count, 1)).to(hidden.dtype)

    @staticmethod
    def backward(ctx, upstream):
        hidden, weight, bias, target, *grads = ctx.saved_tensors
        have = [g for g in grads if g is not None]
        if torch.is_grad_enabled():
            # create_graph: what comes back depends on upstream and on all the inputs.
            out = _Gradient.apply(upstream, hidden, weight, bias, target, ctx.options, grads)
        else:
            out = _scaled(upstream, have, hidden.dtype)
        out = iter(out)
        return *(None if g is None else next(out) for g in grads), None, None, None, None


def _scaled(upstream, grads, dtype):
    """New tensors each time: what was saved is never given away, nor written to."""
    return tuple((g * upstream.to(g.dtype)).to(dtype) for g in grads)


class _Gradient(torch.autograd.Function):
    """Upstream times the gradients of the loss, as a function of upstream and the inputs."""

    @staticmethod
    def forward(ctx, upstream, hidden, weight, bias, target, options, grads):
        ctx.save_for_backward(upstream, hidden, weight, bias, target)
        ctx.options = options
        ctx.which = [g is not None for g in grads]
        ctx.set_materialize_grads(False)
        return _scaled(upstream, [g for g in grads if g is not None], hidden.dtype)

    @staticmethod
    def backward(ctx, *outer):
        if torch.is_grad_enabled():
            raise RuntimeError("linear_cross_entropy has no gradients of third order")
        upstream, hidden, weight, bias, target = ctx.saved_tensors
        dtype = _compute_dtype(hidden.dtype)
        given = iter(outer)
        outer = [next(given) if which else None for which in ctx.which]
        outer = [None if g is None else g.to(dtype) for g in outer]
        inputs = (upstream, hidden, weight, bias)
        need = ctx.needs_input_grad[:4]
        sums = [
            torch.zeros_like(x, dtype=dtype) if n else None
            for x, n in zip(inputs, need, strict=True)
        ]
        parts, count = _chunks(target, *ctx.options)
        with torch.enable_grad(), torch.autocast(hidden.device.type, enabled=False):
            scale, w, b = (
                None if x is None else x.detach().to(dtype).requires_grad_()
                for x in (upstream, weight, bias)
            )
            for rows in parts:
                h = hidden.detach()[rows].to(dtype).requires_grad_()
                y = target[rows]
                loss = F.cross_entropy(F.linear(h, w, b), y, reduction="sum") * (scale / count)
                outs = (None if outer[0] is None else outer[0][rows], *outer[1:])
                pairs = [
                    (x, g) for x, g in zip((h, w, b), outs, strict=True) if g is not None
                ]
                if not pairs:
                    break
                first = torch.autograd.grad(loss, [x for x, _ in pairs], create_graph=True)
                product = sum((a * g).sum() for a, (_, g) in zip(first, pairs, strict=True))
                ask = [i for i in range(4) if need[i]]
                second = torch.autograd.grad(
                    product, [(scale, h, w, b)[i] for i in ask], materialize_grads=True
                )
                for i, value in zip(ask, second, strict=True):
                    if i == 1:
                        sums[i][rows] = value
                    else:
                        sums[i] += value
        sums = [None if s is None else s.to(x.dtype) for s, x in zip(sums, inputs, strict=True)]
        return *sums, None, None, None
