"""Sharpness of the loss, and the learning rate at the edge of stability."""

import math

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

MOST = 300  # products with the Hessian
FEWEST = 20
TOLERANCE = 2e-3


def sharpness(model, loss_fn, batches) -> float:
    """Largest eigenvalue (not the largest by size) of the Hessian over all data.

    Lanczos: unlike power iteration it is not taken in by a negative eigenvalue of larger size,
    as there often is early in training. Nothing but two vectors is kept; without
    reorthogonalisation eigenvalues may show up twice, but the largest stays right.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters or not batches:
        raise ValueError("no parameters that train, or no data")
    buffers = [(b, b.clone()) for b in model.buffers()]
    devices = sorted({p.device.index for p in parameters if p.device.type == "cuda"})
    try:
        # The math kernel: the fused attention has no second derivative.
        with (
            torch.random.fork_rng(devices=devices),
            torch.enable_grad(),
            sdpa_kernel(SDPBackend.MATH),
        ):
            seed = torch.initial_seed() % 2**63
            return _lanczos(parameters, lambda v: _product(
                model, loss_fn, batches, parameters, v, seed
            ))
    finally:
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


def _product(model, loss_fn, batches, parameters, vector, seed):
    """The Hessian of the loss over all data times `vector`, both lists like the parameters."""
    sizes = [len(batch[0]) for batch in batches]
    result = [torch.zeros_like(p) for p in parameters]
    torch.manual_seed(seed)  # the same dropout for each product, or it is not one matrix
    for batch, size in zip(batches, sizes, strict=True):
        loss = loss_fn(model, batch) * (size / sum(sizes))
        first = torch.autograd.grad(
            loss, parameters, create_graph=True, materialize_grads=True
        )
        pairs = [(g, v) for g, v in zip(first, vector, strict=True) if g.requires_grad]
        if not pairs:
            continue
        second = torch.autograd.grad(
            [g for g, _ in pairs],
            parameters,
            grad_outputs=[v for _, v in pairs],
            materialize_grads=True,
        )
        for total, part in zip(result, second, strict=True):
            total += part.detach()
    return result


@torch.no_grad()
def _dot(a, b) -> float:
    return sum(torch.sum(x * y, dtype=torch.float64).item() for x, y in zip(a, b, strict=True))


def _lanczos(parameters, product) -> float:
    generator = torch.Generator().manual_seed(0)
    v = [
        torch.randn(p.shape, generator=generator).to(device=p.device, dtype=p.dtype)
        for p in parameters
    ]
    length = math.sqrt(_dot(v, v))
    v = [x / length for x in v]
    before, beta = [torch.zeros_like(x) for x in v], 0.0
    diagonal, off, history = [], [], []
    dimension = sum(p.numel() for p in parameters)
    for k in range(1, MOST + 1):
        w = product(v)
        alpha = _dot(w, v)
        if not math.isfinite(alpha):
            return math.nan
        with torch.no_grad():
            w = [x - alpha * y - beta * z for x, y, z in zip(w, v, before, strict=True)]
        beta = math.sqrt(_dot(w, w))
        diagonal.append(alpha)
        matrix = torch.diag(torch.tensor(diagonal, dtype=torch.float64))
        for i, value in enumerate(off):
            matrix[i, i + 1] = matrix[i + 1, i] = value
        values, vectors = torch.linalg.eigh(matrix)
        top, scale = values[-1].item(), values.abs().max().item()
        history.append(top)
        if beta <= 1e-7 * scale or scale == 0:
            break  # an invariant space: nothing more to find
        residual = beta * abs(vectors[-1, -1].item())
        small = TOLERANCE * abs(top) + 1e-7 * scale
        settled = k >= 10 and top - history[-10] <= small
        if k >= min(FEWEST, 3 * dimension) and settled and residual <= 5 * small:
            break
        off.append(beta)
        before, v = v, [x / beta for x in w]
    return float(history[-1])


def largest_rate(sharpness: float, momentum: float = 0.0, nesterov: bool = False) -> float:
    """The rate from which on `torch.optim.SGD` diverges on a quadratic of that curvature.

    Without curvature it never does; where the curvature is negative, it does at any rate.
    """
    if sharpness == 0:
        return math.inf
    if sharpness < 0:
        return 0.0
    bound = 2 * (1 + momentum) / sharpness
    return bound / (1 + 2 * momentum) if nesterov else bound
