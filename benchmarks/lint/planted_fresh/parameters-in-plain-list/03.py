"""Compress speaker embeddings by residual quantisation with learned codebooks."""

import torch
from torch import nn
from torch.utils.data import DataLoader


class ResidualQuantiser(nn.Module):
    """Each stage codes what the stages before it left over; straight-through gradients."""

    def __init__(self, dim, stages=4, size=256):
        super().__init__()
        self.encode = nn.Linear(dim, dim)
        self.decode = nn.Linear(dim, dim)
        self.codebooks = [nn.Parameter(0.1 * torch.randn(size, dim)) for _ in range(stages)]  # PLANTED

    def forward(self, x):
        z = self.encode(x)
        rest, total, commit, codebook = z, torch.zeros_like(z), 0.0, 0.0
        for book in self.codebooks:
            pick = torch.cdist(rest, book).argmin(dim=1)
            code = book[pick]
            codebook = codebook + (code - rest.detach()).square().mean()
            commit = commit + (rest - code.detach()).square().mean()
            total = total + code
            rest = rest - code.detach()
        quantised = z + (total - z).detach()
        return self.decode(quantised), codebook, commit


def train(path="speakers.pt", epochs=80):
    torch.manual_seed(14)
    vectors = torch.load(path, weights_only=True)
    model = ResidualQuantiser(vectors.size(1))
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-4)
    loader = DataLoader(vectors, batch_size=1024, shuffle=True)
    for epoch in range(epochs):
        kept = []
        for v in loader:
            back, codebook, commit = model(v)
            loss = (back - v).square().mean() + codebook + 0.25 * commit
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            kept.append(loss.detach())
        print(f"epoch {epoch}: {torch.stack(kept).mean().item():.5f}")


if __name__ == "__main__":
    train()
