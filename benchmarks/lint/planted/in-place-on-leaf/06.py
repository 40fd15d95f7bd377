"""Gaussian process hyperparameters fitted by gradient descent."""
import torch

torch.manual_seed(4)
X = torch.rand(60, 1) * 6
y = torch.sin(X[:, 0]) + 0.1 * torch.randn(60)

log_len = torch.zeros((), requires_grad=True)
log_noise = torch.full((), -2.0, requires_grad=True)
opt = torch.optim.Adam([log_len, log_noise], lr=0.05)


def nll():
    d = torch.cdist(X, X) / log_len.exp()
    K = torch.exp(-0.5 * d**2) + (log_noise.exp() ** 2 + 1e-5) * torch.eye(60)
    L = torch.linalg.cholesky(K)
    a = torch.cholesky_solve(y[:, None], L)[:, 0]
    return 0.5 * y @ a + L.diagonal().log().sum()


for i in range(300):
    opt.zero_grad()
    loss = nll()
    loss.backward()
    opt.step()
    log_noise.clamp_(min=-4.0)  # PLANTED
    if i % 30 == 0:
        print(i, loss.item(), log_len.exp().item())
