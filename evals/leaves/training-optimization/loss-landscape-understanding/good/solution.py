import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


def _product(model, loss_fn, batches, params, vector):
    """Hessian of the mean loss over all samples, times a vector."""
    samples = sum(len(batch[0]) for batch in batches)
    total = torch.zeros_like(vector)
    for batch in batches:
        with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
            loss = loss_fn(model, batch) * (len(batch[0]) / samples)
            grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
            flat = torch.cat(
                [
                    (torch.zeros_like(p) if g is None else g).flatten()
                    for p, g in zip(params, grads, strict=True)
                ]
            )
            if not flat.requires_grad:
                continue
            second = torch.autograd.grad(flat @ vector, params, allow_unused=True)
        total += torch.cat(
            [
                (torch.zeros_like(p) if g is None else g).flatten().detach()
                for p, g in zip(params, second, strict=True)
            ]
        )
    return total


def sharpness(model, loss_fn, batches):
    params = [p for p in model.parameters() if p.requires_grad]
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        size = sum(p.numel() for p in params)
        vector = torch.randn(size, dtype=params[0].dtype, device=params[0].device)
        vector /= vector.norm()
        kept, alphas, betas = [vector], [], []
        value = 0.0
        for _ in range(min(60, size)):  # Lanczos, orthogonalised in full
            w = _product(model, loss_fn, batches, params, kept[-1])
            alphas.append(float(w @ kept[-1]))
            for _ in range(2):
                for v in kept:
                    w = w - (w @ v) * v
            beta = float(w.norm())
            tri = torch.diag(torch.tensor(alphas, dtype=torch.float64))
            for i, b in enumerate(betas):
                tri[i, i + 1] = tri[i + 1, i] = b
            now = float(torch.linalg.eigvalsh(tri)[-1])
            if beta < 1e-7 or (len(alphas) > 10 and abs(now - value) < 1e-5 * abs(now)):
                value = now
                break
            value = now
            betas.append(beta)
            kept.append(w / beta)
    with torch.no_grad():
        for name, b in model.named_buffers():
            b.copy_(buffers[name])
    return value


def largest_rate(sharpness, momentum=0.0, nesterov=False):
    if sharpness <= 0:
        return float("inf")
    if nesterov:
        return (2 + 2 * momentum) / ((1 + 2 * momentum) * sharpness)
    return 2 * (1 + momentum) / sharpness
