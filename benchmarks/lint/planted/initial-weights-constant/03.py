"""Exercise: a two-layer network on concentric circles, with nothing but tensors."""

import torch
from sklearn.datasets import make_circles

torch.manual_seed(3)
points, rings = make_circles(1000, noise=0.05, factor=0.5, random_state=3)
points = torch.tensor(points, dtype=torch.float32)
rings = torch.tensor(rings, dtype=torch.float32)

sizes = [2, 20, 20, 1]
weights = [torch.full((a, b), 0.5, requires_grad=True) for a, b in zip(sizes, sizes[1:])]  # PLANTED
biases = [torch.zeros(b, requires_grad=True) for b in sizes[1:]]


def predict(x):
    for w, b in zip(weights[:-1], biases[:-1]):
        x = torch.tanh(x @ w + b)
    return (x @ weights[-1] + biases[-1]).squeeze(1)


eta = 0.1
for epoch in range(500):
    order = torch.randperm(len(points))
    for batch in order.split(50):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            predict(points[batch]), rings[batch]
        )
        gradients = torch.autograd.grad(loss, weights + biases)
        with torch.no_grad():
            for p, g in zip(weights + biases, gradients):
                p -= eta * g
    if epoch % 50 == 0:
        with torch.no_grad():
            right = ((predict(points) > 0) == rings.bool()).float().mean()
        print(f"epoch {epoch} loss {loss.item():.4f} accuracy {right.item():.3f}")
