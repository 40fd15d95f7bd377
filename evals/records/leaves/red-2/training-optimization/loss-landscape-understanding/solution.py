"""How far the learning rate is from the edge of stability."""

import numpy as np
import torch
from scipy.linalg import eigh_tridiagonal
from torch.nn.attention import SDPBackend, sdpa_kernel

MAX_STEPS = 300
TOLERANCE = 5e-3


def sharpness(model, loss_fn, batches) -> float:
    """Largest (most positive) eigenvalue of the Hessian of the mean loss over all samples.

    Lanczos with products of Hessian and vector. Three vectors are kept; without
    reorthogonalisation eigenvalues turn up more than once, which leaves the largest as it is.
    Unlike in power iteration, a large negative eigenvalue (early in training) is no trouble.
    """
    params = [p for p in model.parameters() if p.requires_grad]
    if not params:
        raise ValueError("no parameter of the model trains")
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    # Fused attention has no second derivative. The random numbers (dropout) are the same in each
    # product, so that it is one Hessian, and afterwards where they were.
    try:
        with torch.random.fork_rng(), sdpa_kernel(SDPBackend.MATH), torch.enable_grad():
            state = torch.get_rng_state()

            def product(vector):
                torch.set_rng_state(state)
                return _hessian_times(vector, model, loss_fn, batches, params)

            return _largest(product, params)
    finally:
        with torch.no_grad():
            for module, name, buffer, before in buffers:
                module._buffers[name] = buffer
                buffer.copy_(before)


def _hessian_times(vector, model, loss_fn, batches, params):
    total = sum(len(y) for _, y in batches)
    result = torch.zeros_like(vector)
    pieces = [
        piece.view_as(p) for piece, p in zip(vector.split([p.numel() for p in params]), params)
    ]
    for batch in batches:
        loss = loss_fn(model, batch)
        grads = torch.autograd.grad(
            loss, params, create_graph=True, allow_unused=True, materialize_grads=True
        )
        pairs = [(g, v) for g, v in zip(grads, pieces) if g.requires_grad]
        if not pairs:
            continue
        parts = torch.autograd.grad(
            [g for g, _ in pairs], params, [v.to(g.dtype) for g, v in pairs],
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        flat = torch.cat([part.detach().reshape(-1).to(vector.dtype) for part in parts])
        result.add_(flat, alpha=len(batch[1]) / total)
    return result


def _largest(product, params) -> float:
    size = sum(p.numel() for p in params)
    dtype = torch.promote_types(params[0].dtype, torch.float32)
    generator = torch.Generator().manual_seed(0)
    now = torch.randn(size, generator=generator, dtype=dtype).to(params[0].device)
    now /= now.norm()
    before, beta = None, 0.0
    diagonal, beside = [], []
    settled = 0
    top = 0.0
    for _ in range(MAX_STEPS):
        after = product(now)
        if before is not None:
            after -= beta * before
        alpha = torch.dot(after, now).item()
        after -= alpha * now
        diagonal.append(alpha)
        beta = after.norm().item()
        values, vectors = eigh_tridiagonal(np.array(diagonal), np.array(beside))
        top = float(values[-1])
        spread = max(abs(values[0]), abs(values[-1]))
        # An eigenvalue lies within this distance of `top`.
        distance = abs(beta * vectors[-1, -1])
        if beta <= 1e-6 * spread or not np.isfinite(beta):
            break
        settled = settled + 1 if distance <= TOLERANCE * abs(top) + 1e-6 * spread else 0
        if settled >= 3 and len(diagonal) >= min(size, 15):
            break
        beside.append(beta)
        before, now = now, after / beta
    return top


def largest_rate(sharpness: float, momentum: float = 0.0, nesterov: bool = False) -> float:
    """Learning rate from which on `torch.optim.SGD` diverges on a quadratic of this curvature."""
    if sharpness < 0 or momentum > 1:
        return 0.0  # downhill without end at any rate, or a velocity that feeds itself
    if sharpness == 0:
        return float("inf")
    factor = 1 + 2 * momentum if nesterov else 1.0
    return 2 * (1 + momentum) / (factor * sharpness)
