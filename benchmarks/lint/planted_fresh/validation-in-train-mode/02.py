"""Rank documents with a neural scorer, NDCG on held-out queries after every epoch."""
import torch
from torch import nn
from torch.utils.data import DataLoader

from letor import Queries  # one query an item: features (docs, 136), relevance (docs,)

torch.manual_seed(136)
train = DataLoader(Queries("Fold1/train.txt"), batch_size=None, shuffle=True)
vali = DataLoader(Queries("Fold1/vali.txt"), batch_size=None)

scorer = nn.Sequential(
    nn.BatchNorm1d(136), nn.Linear(136, 256), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(256, 1), nn.Flatten(0),
)
opt = torch.optim.Adam(scorer.parameters(), lr=1e-3)


def listnet(s, rel):
    return -(rel.float().softmax(0) * s.log_softmax(0)).sum()


def ndcg(s, rel, k=10):
    gains = 2.0 ** rel.float() - 1
    discount = torch.arange(2, 2 + min(k, len(s))).float().log2().reciprocal()
    got = gains[s.argsort(descending=True)][:k] @ discount
    ideal = gains.sort(descending=True).values[:k] @ discount
    return got / ideal.clamp(min=1e-9)


for epoch in range(40):
    scorer.train()
    seen = torch.zeros(())
    for x, rel in train:
        opt.zero_grad()
        loss = listnet(scorer(x), rel)
        loss.backward()
        opt.step()
        seen += loss.detach()

    scorer.eval
    with torch.inference_mode():
        held = [ndcg(scorer(x), rel) for x, rel in vali]  # PLANTED
    print(f"{epoch:2d} loss {seen.item() / len(train):.3f} NDCG@10 {torch.stack(held).mean().item():.4f}")
