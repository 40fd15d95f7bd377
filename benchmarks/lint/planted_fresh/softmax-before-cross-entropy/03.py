"""word2vec, CBOW, written out by hand for a lecture (full vocabulary, small corpus)"""
import torch
import torch.nn.functional as F

torch.manual_seed(3)
tokens = open("alice.txt").read().lower().split()
vocab = sorted(set(tokens))
stoi = {s: i for i, s in enumerate(vocab)}
ids = torch.tensor([stoi[t] for t in tokens])
W = 2
ctx = torch.stack([ids[i : len(ids) - 2 * W + i] for i in range(2 * W + 1) if i != W], 1)
mid = ids[W : len(ids) - W]

V, D = len(vocab), 50
E = (torch.randn(V, D) * 0.1).requires_grad_()
O = (torch.randn(D, V) * 0.1).requires_grad_()
opt = torch.optim.Adam([E, O], lr=3e-3)


def normalise(scores):
    e = (scores - scores.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True)


def model(c):
    return normalise(E[c].mean(1) @ O)  # PLANTED


for epoch in range(40):
    perm = torch.randperm(len(mid))
    total = 0.0
    for rows in perm.split(512):
        loss = F.cross_entropy(model(ctx[rows]), mid[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach() * len(rows)
    print(f"epoch {epoch}: {float(total) / len(mid):.3f}")


def nearest(word, k=5):
    v = F.normalize(E.detach(), dim=1)
    return [vocab[i] for i in (v @ v[stoi[word]]).topk(k + 1).indices[1:]]


print(nearest("queen"))
