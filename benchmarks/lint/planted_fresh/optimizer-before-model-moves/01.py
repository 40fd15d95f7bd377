"""Matrix factorisation with side features for a shop's recommendations."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(99)

clicks = torch.load("clicks.pt", weights_only=True)
users, items, rating = clicks["user"], clicks["item"], clicks["rating"].float()


class Factors(nn.Module):
    def __init__(self, n_users, n_items, k=64):
        super().__init__()
        self.u = nn.Embedding(n_users, k)
        self.i = nn.Embedding(n_items, k)
        self.bu = nn.Embedding(n_users, 1)
        self.bi = nn.Embedding(n_items, 1)
        nn.init.normal_(self.u.weight, std=0.05)
        nn.init.normal_(self.i.weight, std=0.05)

    def forward(self, u, i):
        dot = (self.u(u) * self.i(i)).sum(-1)
        return dot + self.bu(u).squeeze(-1) + self.bi(i).squeeze(-1)


model = Factors(int(users.max()) + 1, int(items.max()) + 1)
opt = torch.optim.Adagrad(model.parameters(), lr=0.05)  # PLANTED
loader = DataLoader(TensorDataset(users, items, rating), batch_size=8192, shuffle=True)

if torch.cuda.is_available():
    model.cuda()
where = next(model.parameters()).device

for epoch in range(25):
    acc = torch.zeros((), device=where)
    for batch in loader:
        u, i, r = (t.to(where) for t in batch)
        loss = nn.functional.mse_loss(model(u, i), r)
        opt.zero_grad()
        loss.backward()
        opt.step()
        acc += loss.detach()
    print(f"epoch {epoch} rmse {(acc / len(loader)).sqrt().item():.4f}")
