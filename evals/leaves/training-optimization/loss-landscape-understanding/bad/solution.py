import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


def sharpness(model, loss_fn, batches):
    params = [p for p in model.parameters() if p.requires_grad]
    v = [torch.randn_like(p) for p in params]
    value = 0.0
    for _ in range(100):
        norm = torch.sqrt(sum((x * x).sum() for x in v))
        v = [x / norm for x in v]
        hv = [torch.zeros_like(p) for p in params]
        with sdpa_kernel(SDPBackend.MATH):
            for batch in batches:
                loss = loss_fn(model, batch) / len(batches)
                grads = torch.autograd.grad(loss, params, create_graph=True)
                dot = sum((g * x).sum() for g, x in zip(grads, v, strict=True))
                for total, h in zip(hv, torch.autograd.grad(dot, params), strict=True):
                    total += h
        value = float(sum((h * x).sum() for h, x in zip(hv, v, strict=True)))
        v = hv
    return value


def largest_rate(sharpness, momentum=0.0, nesterov=False):
    return 2 * (1 + momentum) / sharpness
