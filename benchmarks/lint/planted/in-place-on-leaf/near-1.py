"""Updates by hand under no_grad and through .data."""
import torch

torch.manual_seed(0)
x, y = torch.randn(200, 5), torch.randn(200)
w = torch.zeros(5, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

for step in range(200):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b.sub_(0.1 * b.grad)
    w.grad = None
    b.grad = None
    if step % 20 == 0:
        print(step, loss.item())
