"""Matrix factorisation by hand, with a projection to non-negative factors."""
import numpy as np
import torch as th


def factorise(R: np.ndarray, rank: int = 10, steps: int = 2000, lr: float = 1e-3, seed: int = 0):
    th.manual_seed(seed)
    R = th.from_numpy(R).float()
    mask = R > 0
    U = th.rand(R.shape[0], rank).requires_grad_()
    V = th.rand(R.shape[1], rank).requires_grad_()
    for step in range(steps):
        err = ((U @ V.T - R)[mask] ** 2).mean()
        gU, gV = th.autograd.grad(err, (U, V))
        with th.no_grad():
            V.sub_(lr * gV).clamp_(min=0)
        U.sub_(lr * gU)  # PLANTED
        if step % 100 == 0:
            print(step, err.item())
    return U.detach(), V.detach()
