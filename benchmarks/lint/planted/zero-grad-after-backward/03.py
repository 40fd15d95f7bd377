"""Word2vec, skip-gram with negative sampling."""
import torch as th
import torch.nn.functional as F
from torch import nn

th.manual_seed(3)


class SkipGram(nn.Module):
    def __init__(self, n, d):
        super().__init__()
        self.inp = nn.Embedding(n, d)
        self.out = nn.Embedding(n, d)

    def forward(self, c, pos, neg):
        v = self.inp(c)
        p = (v * self.out(pos)).sum(-1)
        q = th.bmm(self.out(neg), v.unsqueeze(2)).squeeze(2)
        return -(F.logsigmoid(p) + F.logsigmoid(-q).sum(-1)).mean()


def train(pairs, n_words, dim=128, epochs=3):
    net = SkipGram(n_words, dim)
    adam = th.optim.Adam(net.parameters(), lr=2e-3)
    for e in range(epochs):
        acc = 0.0
        for centre, context, negatives in pairs:
            loss = net(centre, context, negatives)
            loss.backward()
            adam.zero_grad()  # PLANTED
            adam.step()
            acc = acc + loss.detach()
        print("epoch %d loss %.4f" % (e, acc / len(pairs)))
    return net.inp.weight.detach()
