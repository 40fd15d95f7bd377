"""Matrix factorisation whose update is wrapped in one helper."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class MF(nn.Module):
    def __init__(self, users, items, dim=32):
        super().__init__()
        self.u, self.i = nn.Embedding(users, dim), nn.Embedding(items, dim)

    def forward(self, user, item):
        return (self.u(user) * self.i(item)).sum(-1)


def apply_update(model, optimizer, loss):
    for p in model.parameters():
        p.grad = None
    loss.backward()
    optimizer.step()


def fit(users, items, ratings, n_users, n_items):
    torch.manual_seed(4)
    model = MF(n_users, n_items)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    data = DataLoader(TensorDataset(users, items, ratings), batch_size=512, shuffle=True)
    for epoch in range(15):
        for u, i, r in data:
            loss = nn.functional.mse_loss(model(u, i), r)
            apply_update(model, optimizer, loss)
        print(f"epoch {epoch} last loss {loss.item():.4f}")
    return model
