"""Word vectors under a linear classifier."""
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocab, dim) * 0.1)
        self.fc = nn.Linear(dim, 2)

    def zero_padding(self):
        self.table[0] = 0.0  # PLANTED

    def forward(self, ids):
        e = nn.functional.embedding(ids, self.table)
        m = (ids != 0).unsqueeze(-1)
        return self.fc((e * m).sum(1) / m.sum(1).clamp(min=1))


def main(loader, vocab):
    torch.manual_seed(6)
    net = Encoder(vocab, 64)
    net.zero_padding()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(5):
        net.train()
        for ids, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(ids), y)
            loss.backward()
            opt.step()
        print("epoch", epoch, loss.item())
