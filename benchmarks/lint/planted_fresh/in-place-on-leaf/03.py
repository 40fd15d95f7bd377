"""Homework: logistic regression on two moons, without torch.nn or torch.optim."""

import torch
from sklearn.datasets import make_moons

torch.manual_seed(0)
xs, ys = make_moons(2000, noise=0.2, random_state=0)
xs = torch.tensor(xs, dtype=torch.float32)
ys = torch.tensor(ys, dtype=torch.float32)

# hidden layer of 16
W1 = (0.5 * torch.randn(2, 16)).requires_grad_()
b1 = torch.zeros(16, requires_grad=True)
W2 = (0.5 * torch.randn(16)).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
params = [W1, b1, W2, b2]
lr = 0.5

for epoch in range(200):
    mean_loss = 0.0
    order = torch.randperm(len(xs))
    for idx in order.split(100):
        x, y = xs[idx], ys[idx]
        hidden = torch.tanh(x @ W1 + b1)
        logit = hidden @ W2 + b2
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, y)
        grads = torch.autograd.grad(loss, params)
        for p, g in zip(params, grads):
            p -= lr * g  # PLANTED
        mean_loss += loss.detach() / 20
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", mean_loss.item())
