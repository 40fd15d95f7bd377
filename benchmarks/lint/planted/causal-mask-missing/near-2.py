"""A language model whose mask is filled into the scores before the softmax."""
import torch
from torch import nn


class LM(nn.Module):
    def __init__(self, vocab, d=64, t=64):
        super().__init__()
        self.e, self.p = nn.Embedding(vocab, d), nn.Embedding(t, d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, vocab)
        self.register_buffer("seen", torch.tril(torch.ones(t, t, dtype=torch.bool)))

    def forward(self, x):
        n = x.size(1)
        h = self.e(x) + self.p.weight[:n]
        q, k, v = self.qkv(h).chunk(3, -1)
        s = q @ k.transpose(1, 2) / q.size(-1) ** 0.5
        w = s.masked_fill(~self.seen[:n, :n], float("-inf")).softmax(-1)
        return self.o(h + w @ v)


def train(batches, vocab):
    torch.manual_seed(1)
    net = LM(vocab)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, x in enumerate(batches):
        loss = nn.functional.cross_entropy(net(x[:, :-1]).transpose(1, 2), x[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
