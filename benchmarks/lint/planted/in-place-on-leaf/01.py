"""Linear regression from scratch with tensors."""
import torch

torch.manual_seed(0)
x = torch.randn(500, 3)
true_w = torch.tensor([2.0, -3.4, 1.7])
y = x @ true_w + 4.2 + 0.01 * torch.randn(500)

w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.05

for epoch in range(100):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        b -= lr * b.grad
    w -= lr * w.grad  # PLANTED
    w.grad.zero_()
    b.grad.zero_()
    if epoch % 10 == 0:
        print(epoch, loss.item())
