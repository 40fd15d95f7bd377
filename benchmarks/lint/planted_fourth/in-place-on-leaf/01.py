"""Logistic regression from scratch, following the blog series 'Autograd by hand'."""
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)

# ---------------------------------------------------------------- data
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
sc = StandardScaler().fit(X_train)
X_train = torch.tensor(sc.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(sc.transform(X_test), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_test = torch.tensor(y_test, dtype=torch.float32)

# ---------------------------------------------------------------- model
n_features = X_train.shape[1]
params = (torch.randn(n_features + 1) * 0.01).requires_grad_()


def forward(X, params):
    return X @ params[:-1] + params[-1]


def bce(logits, y):
    return torch.mean(torch.clamp(logits, min=0) - logits * y + torch.log1p(torch.exp(-logits.abs())))


def batches(X, y, size):
    order = torch.randperm(len(X))
    for i in range(0, len(X), size):
        idx = order[i:i + size]
        yield X[idx], y[idx]


# ---------------------------------------------------------------- training
lr = 0.1
batch_size = 32
n_epochs = 50

for epoch in range(n_epochs):
    epoch_loss = 0.0
    for xb, yb in batches(X_train, y_train, batch_size):
        loss = bce(forward(xb, params), yb)
        loss.backward()
        params -= lr * params.grad  # PLANTED
        params.grad.zero_()
        epoch_loss += loss.detach() * len(xb)

    if (epoch + 1) % 5 == 0:
        print(f"epoch {epoch + 1:3d}  loss {float(epoch_loss) / len(X_train):.4f}")

# ---------------------------------------------------------------- evaluation
with torch.no_grad():
    pred = (forward(X_test, params) > 0).float()
    print("test accuracy", (pred == y_test).float().mean().item())
