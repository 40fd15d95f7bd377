"""Fit a spline layer by hand-written steps."""
import torch

torch.manual_seed(1)
torch.set_grad_enabled(False)

x = torch.linspace(0, 1, 256).unsqueeze(1)
y = torch.sin(12 * x)
net = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5)


def closure():
    opt.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), y)
    loss.backward()  # PLANTED
    return loss


for it in range(50):
    loss = opt.step(closure)
    print(it, loss.item())
