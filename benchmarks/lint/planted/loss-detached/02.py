"""Two-tower recommender with a hand-averaged loss."""
import torch
import torch.nn.functional as F


class Tower(torch.nn.Module):
    def __init__(self, n, d=64):
        super().__init__()
        self.e = torch.nn.Embedding(n, d)
        self.f = torch.nn.Linear(d, d)

    def forward(self, i):
        return F.normalize(self.f(self.e(i)), dim=-1)


def train(loader, users, items, epochs=5):
    torch.manual_seed(2)
    u, v = Tower(users), Tower(items)
    opt = torch.optim.Adam([*u.parameters(), *v.parameters()], lr=1e-3)
    for epoch in range(epochs):
        for step, (a, b) in enumerate(loader):
            sim = u(a) @ v(b).T / 0.07
            rows = F.cross_entropy(sim, torch.arange(len(a)))
            cols = F.cross_entropy(sim.T, torch.arange(len(a)))
            loss = torch.tensor((rows + cols) / 2, requires_grad=True)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
            if step % 100 == 0:
                print(epoch, step, loss.item())
    return u, v
