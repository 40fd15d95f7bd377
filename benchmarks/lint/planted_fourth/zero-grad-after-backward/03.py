# Physics-informed network for the 1D Burgers equation
#   u_t + u u_x = nu u_xx,  x in [-1, 1], t in [0, 1]
#   u(0, x) = -sin(pi x),   u(t, -1) = u(t, 1) = 0
import math

import numpy as np
import scipy.io
import torch
import torch.nn as nn

torch.manual_seed(1234)
np.random.seed(1234)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

NU = 0.01 / math.pi
N_INIT, N_BOUND, N_COLLOC = 100, 100, 10000


class MLP(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in zip(layers[:-1], layers[1:]))
        for lin in self.linears:
            nn.init.xavier_normal_(lin.weight)
            nn.init.zeros_(lin.bias)

    def forward(self, x, t):
        h = torch.cat([x, t], dim=1)
        for lin in self.linears[:-1]:
            h = torch.tanh(lin(h))
        return self.linears[-1](h)


def grad(out, inp):
    return torch.autograd.grad(out, inp, grad_outputs=torch.ones_like(out), create_graph=True)[0]


class BurgersPINN:
    def __init__(self):
        self.net = MLP([2, 20, 20, 20, 20, 20, 20, 1]).to(device)

        self.x0 = torch.rand(N_INIT, 1, device=device) * 2 - 1
        self.t0 = torch.zeros_like(self.x0)
        self.u0 = -torch.sin(math.pi * self.x0)

        side = (torch.rand(N_BOUND, 1, device=device) < 0.5).float()
        self.xb = side * 2 - 1
        self.tb = torch.rand(N_BOUND, 1, device=device)

        pts = torch.quasirandom.SobolEngine(2, scramble=True, seed=1234).draw(N_COLLOC).to(device)
        self.xf = (pts[:, :1] * 2 - 1).requires_grad_()
        self.tf = pts[:, 1:].clone().requires_grad_()

        self.optimizer = torch.optim.LBFGS(
            self.net.parameters(),
            lr=1.0,
            max_iter=20,
            history_size=50,
            tolerance_grad=1e-8,
            tolerance_change=1e-12,
            line_search_fn="strong_wolfe",
        )

    def residual(self):
        u = self.net(self.xf, self.tf)
        u_t = grad(u, self.tf)
        u_x = grad(u, self.xf)
        u_xx = grad(u_x, self.xf)
        return u_t + u * u_x - NU * u_xx

    def loss(self):
        initial = (self.net(self.x0, self.t0) - self.u0).pow(2).mean()
        boundary = self.net(self.xb, self.tb).pow(2).mean()
        physics = self.residual().pow(2).mean()
        return initial + boundary + physics

    def closure(self):
        loss = self.loss()
        loss.backward()
        self.optimizer.zero_grad()  # PLANTED
        return loss

    def train(self, n_outer):
        self.net.train()
        for it in range(n_outer):
            loss = self.optimizer.step(self.closure)
            if it % 25 == 0:
                print(f"iter {it:5d} loss {loss.item():.5e}")

    @torch.no_grad()
    def predict(self, x, t):
        self.net.eval()
        return self.net(x.to(device), t.to(device)).cpu().numpy()


def relative_l2(model, path="burgers_shock.mat"):
    ref = scipy.io.loadmat(path)
    grid_x, grid_t = np.meshgrid(ref["x"].ravel(), ref["t"].ravel())
    exact = np.real(ref["usol"]).T.reshape(-1, 1)
    as_col = lambda a: torch.tensor(a.reshape(-1, 1), dtype=torch.float32)
    pred = model.predict(as_col(grid_x), as_col(grid_t))
    return np.linalg.norm(exact - pred) / np.linalg.norm(exact)


if __name__ == "__main__":
    pinn = BurgersPINN()
    pinn.train(n_outer=500)
    print(f"relative L2 error {relative_l2(pinn):.3e}")
