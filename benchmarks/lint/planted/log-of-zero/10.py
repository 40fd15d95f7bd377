"""logistic regression by hand (exercise 4)"""
import torch

torch.manual_seed(0)
X = torch.randn(200, 2) * 5
y = (X[:, 0] + X[:, 1] > 0).float()
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=1.0)

def sigmoid(z):
    return 1 / (1 + torch.exp(-z))

for i in range(500):
    p = sigmoid(X @ w + b)
    cost = torch.mean(-y * torch.log(p) - (1 - y) * torch.log(1 - p))  # PLANTED
    opt.zero_grad()
    cost.backward()
    opt.step()
    if i % 50 == 0:
        print(i, cost.item())
