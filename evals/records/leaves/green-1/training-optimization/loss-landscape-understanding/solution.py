"""How far the learning rate is from the edge of stability."""

import math
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

SEED = 0
LEAST, MOST = 20, 400  # products with the Hessian
TOLERANCE = 0.003


def sharpness(model, loss_fn, batches) -> float:
    """Largest eigenvalue, with its sign, of the Hessian of the mean loss over all samples.

    Lanczos, which finds both ends of the spectrum: early in training the end of largest magnitude
    is often the negative one, and power iteration would return that. Three vectors are held.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError("no parameter trains")
    sizes = [len(batch[0]) for batch in batches]
    shares = [n / sum(sizes) for n in sizes]
    dimension = sum(p.numel() for p in parameters)

    def product(vector):
        result = [torch.zeros_like(p) for p in parameters]
        for share, batch in zip(shares, batches, strict=True):
            torch.manual_seed(SEED)  # the same function each time, should anything draw
            loss = loss_fn(model, batch)
            grads = torch.autograd.grad(
                loss, parameters, create_graph=True, materialize_grads=True
            )
            along = sum((g * v).sum() for g, v in zip(grads, vector, strict=True))
            if not along.requires_grad:
                continue  # linear in all parameters
            parts = torch.autograd.grad(along, parameters, materialize_grads=True)
            for total, part in zip(result, parts, strict=True):
                total.add_(part, alpha=share)
        return result

    with _untouched(model), torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        generator = torch.Generator().manual_seed(SEED)
        v = [torch.randn(p.shape, generator=generator).to(p) for p in parameters]
        v = _scaled(v, 1 / _norm(v))
        before, beta, alphas, betas = None, 0.0, [], []
        for k in range(1, min(MOST, dimension) + 1):
            w = product(v)
            with torch.no_grad():
                alpha = _dot(w, v)
                for i in range(len(w)):
                    w[i] -= alpha * v[i]
                    if before is not None:
                        w[i] -= beta * before[i]
                beta = _norm(w)
            if not math.isfinite(alpha + beta):
                return math.nan
            alphas.append(alpha)
            values, vectors = np.linalg.eigh(
                np.diag(alphas) + np.diag(betas, 1) + np.diag(betas, -1)
            )
            size = np.abs(values).max()
            if beta <= 1e-6 * size or size == 0:
                break  # the space is exhausted
            # Residual of the largest: an eigenvalue lies within it.
            residual = beta * abs(vectors[-1, -1])
            if k >= LEAST and residual <= max(TOLERANCE * abs(values[-1]), 1e-5 * size):
                break
            betas.append(beta)
            before, v = v, _scaled(w, 1 / beta)
        return float(values[-1])


def largest_rate(sharpness: float, momentum: float = 0.0, nesterov: bool = False) -> float:
    """Rate from which on torch.optim.SGD (dampening 0) diverges on a quadratic of this curvature.

    Infinite without upward curvature: no rate is at an edge there.
    """
    if math.isnan(sharpness):
        return math.nan
    if sharpness <= 0:
        return math.inf
    limit = 2 * (1 + momentum)
    if nesterov:  # p -= rate * (g + momentum * buffer): the trace of the update leaves first
        limit /= 1 + 2 * momentum
    return limit / sharpness


def _dot(a, b):
    return sum(float((x * y).sum(dtype=torch.float64)) for x, y in zip(a, b, strict=True))


def _norm(a):
    return math.sqrt(_dot(a, a))


def _scaled(a, factor):
    return [x * factor for x in a]


@contextmanager
def _untouched(model):
    """Dropout off; afterwards modes, buffers (batch norm) and random states are as before."""
    buffers = [(b, b.detach().clone()) for b in model.buffers()]
    dropouts = [
        (m, m.training) for m in model.modules() if isinstance(m, nn.modules.dropout._DropoutNd)
    ]
    with torch.random.fork_rng():
        try:
            for m, _ in dropouts:
                m.training = False
            yield
        finally:
            for m, training in dropouts:
                m.training = training
            with torch.no_grad():
                for b, held in buffers:
                    b.copy_(held)
