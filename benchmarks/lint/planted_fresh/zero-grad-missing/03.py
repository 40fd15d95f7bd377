"""Logistic regression without torch.optim, as in the second lecture (spam or ham)."""
import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(2)
x, y = torch.load("spambase.pt", weights_only=True)  # (n, 57), (n,)
y = y.float()
w = torch.zeros(57, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
params = [w, b]
lr = 0.05


def predict(rows):
    return x[rows].log1p() @ w + b


def sgd(ps, rate):
    with torch.no_grad():
        for p in ps:
            p -= rate * p.grad


for epoch in range(30):
    shuffled = torch.randperm(len(x), generator=g)
    cost = torch.zeros(())
    batches = shuffled.split(64)
    for rows in batches:
        loss = F.binary_cross_entropy_with_logits(predict(rows), y[rows])
        loss.backward()  # PLANTED
        sgd(params, lr)
        cost += loss.detach()
    with torch.no_grad():
        error = ((predict(shuffled) > 0) != (y[shuffled] > 0)).float().mean()
    print(f"epoch {epoch + 1:2d}: cost {cost.item() / len(batches):.4f}, error {error.item():.2%}")
