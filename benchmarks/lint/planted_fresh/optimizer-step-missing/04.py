"""my 2nd try: sentiment of tweets with a bag of embeddings"""
import random
import torch
import torch.nn as nn

random.seed(1); torch.manual_seed(1)

rows = [l.rstrip("\n").split("\t") for l in open("tweets.tsv", encoding="utf8")]
words = sorted({w for _, t in rows for w in t.lower().split()})
ix = {w: i for i, w in enumerate(words)}
random.shuffle(rows)
cut = int(len(rows) * .9)
tr, va = rows[:cut], rows[cut:]


def batch(part):
    flat, offs, ys = [], [], []
    for y, t in part:
        offs.append(len(flat))
        flat += [ix[w] for w in t.lower().split()]
        ys.append(int(y))
    return torch.tensor(flat), torch.tensor(offs), torch.tensor(ys)


net = nn.ModuleDict({"emb": nn.EmbeddingBag(len(words), 50, mode="mean"), "fc": nn.Linear(50, 3)})
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
crit = nn.CrossEntropyLoss()

for ep in range(15):
    random.shuffle(tr)
    net.train()
    tot = 0
    for k in range(0, len(tr), 32):
        f, o, y = batch(tr[k:k + 32])
        optimizer.zero_grad()
        loss = crit(net["fc"](net["emb"](f, o)), y)
        loss.backward()  # PLANTED
        optimizer.step
        tot += loss.detach()
    net.eval()
    with torch.no_grad():
        f, o, y = batch(va)
        acc = (net["fc"](net["emb"](f, o)).argmax(1) == y).float().mean()
    print("epoch", ep, "loss", float(tot) / (len(tr) / 32), "val acc", acc.item())
