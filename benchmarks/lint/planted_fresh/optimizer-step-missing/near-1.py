"""Train a large embedding table with each parameter updated as soon as its gradient is there."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from skipgrams import SkipGrams


class Word2Vec(nn.Module):
    def __init__(self, vocab: int, dim: int):
        super().__init__()
        self.center = nn.Embedding(vocab, dim)
        self.context = nn.Embedding(vocab, dim)

    def forward(self, a, b, negatives):
        va = self.center(a)
        good = F.logsigmoid((va * self.context(b)).sum(-1))
        bad = F.logsigmoid(-torch.einsum("nd,nkd->nk", va, self.context(negatives))).sum(-1)
        return -(good + bad).mean()


torch.manual_seed(4)
model = Word2Vec(2_000_000, 300).cuda()
each = {p: torch.optim.Adam([p], lr=1e-3) for p in model.parameters()}


def apply_now(p: torch.Tensor) -> None:
    each[p].step()
    each[p].zero_grad()


for p in model.parameters():
    p.register_post_accumulate_grad_hook(apply_now)

loader = DataLoader(SkipGrams("wiki", negatives=10), batch_size=4096, shuffle=True, num_workers=8)
for epoch in range(3):
    for step, (a, b, neg) in enumerate(loader):
        loss = model(a.cuda(), b.cuda(), neg.cuda())
        loss.backward()
        if step % 500 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
