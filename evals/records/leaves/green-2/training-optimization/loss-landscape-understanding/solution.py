import math

import numpy as np
import torch
from scipy.linalg import eigh_tridiagonal
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _BatchNorm


def _product(model, loss_fn, batches, parameters, v):
    """Hessian of the loss over all samples, times v (flat, float64)."""
    parts = v.split([p.numel() for p in parameters])
    parts = [part.view_as(p).to(p.dtype) for part, p in zip(parts, parameters, strict=True)]
    samples = sum(len(batch[0]) for batch in batches)
    total = torch.zeros_like(v)
    for batch in batches:
        loss = loss_fn(model, batch)
        grads = torch.autograd.grad(loss, parameters, create_graph=True, allow_unused=True)
        dot = sum(
            (g * part).sum()
            for g, part in zip(grads, parts, strict=True)
            if g is not None and g.requires_grad
        )
        if not torch.is_tensor(dot):
            continue
        products = torch.autograd.grad(dot, parameters, allow_unused=True)
        flat = [
            (torch.zeros_like(p) if h is None else h).flatten().double()
            for h, p in zip(products, parameters, strict=True)
        ]
        total += len(batch[0]) / samples * torch.cat(flat)
    return total


def _largest(product, size, device, most=300, tolerance=3e-3):
    """Largest eigenvalue, by sign, with Lanczos: three vectors, no stored basis.

    Lost orthogonality only repeats values already found; the end of the spectrum stays right.
    """
    generator = torch.Generator().manual_seed(0)  # not the training's
    v = torch.randn(size, generator=generator, dtype=torch.float64).to(device)
    v /= v.norm()
    before, beta = torch.zeros_like(v), 0.0
    alphas, betas, values = [], [], []
    for k in range(most):
        w = product(v) - beta * before
        alphas.append(float(v @ w))
        w -= alphas[-1] * v
        beta = float(w.norm())
        ritz, vectors = eigh_tridiagonal(np.array(alphas), np.array(betas))
        values.append(float(ritz[-1]))
        if not math.isfinite(values[-1]) or beta <= 1e-10 * np.abs(ritz).max():
            break
        residual = beta * abs(vectors[-1, -1])
        steady = k >= 5 and values[-1] - values[-6] <= tolerance * abs(values[-1])
        if k + 1 >= min(size, 15) and steady and residual <= 10 * tolerance * abs(values[-1]):
            break
        betas.append(beta)
        before, v = v, w / beta
    return values[-1]


def sharpness(model, loss_fn, batches) -> float:
    """Largest eigenvalue of the Hessian of the loss over all data; leaves training as it was."""
    batches = list(batches)
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters or not batches:
        raise ValueError("nothing trains, or no data")
    modes = {m: m.training for m in model.modules()}
    buffers = [(b, b.detach().clone()) for b in model.buffers()]
    devices = {p.device for p in parameters if p.device.type == "cuda"}
    try:
        # No dropout: noise would count as curvature. Batch norm stays as training has it,
        # with its running statistics put back afterwards.
        model.eval()
        for m, mode in modes.items():
            if isinstance(m, _BatchNorm):
                m.training = mode
        with (
            torch.enable_grad(),
            torch.random.fork_rng(devices=list(devices)),
            sdpa_kernel(SDPBackend.MATH),  # the fused one has no second derivative
        ):
            return _largest(
                lambda v: _product(model, loss_fn, batches, parameters, v),
                sum(p.numel() for p in parameters),
                parameters[0].device,
            )
    finally:
        for m, mode in modes.items():
            m.training = mode
        with torch.no_grad():
            for buffer, kept in buffers:
                buffer.copy_(kept)


def largest_rate(sharpness: float, momentum: float = 0.0, nesterov: bool = False) -> float:
    """The rate from which on torch.optim.SGD diverges on a quadratic of this curvature."""
    if sharpness < 0:
        return 0.0  # downwards without end, at any rate
    if sharpness == 0:
        return math.inf
    # Eigenvalues of the step leave the unit circle at -1. Nesterov as torch has it,
    # p -= rate * (g + momentum * buffer): 2 + 2 m - rate * curvature * (1 + 2 m) = 0.
    limit = 2 * (1 + momentum)
    if nesterov:
        limit /= 1 + 2 * momentum
    return limit / sharpness
