"""Knowledge graph completion with ComplEx."""
import argparse
import math
from collections import defaultdict

import torch
from torch import nn
from torch.utils.data import DataLoader


class EntityTable(nn.Module):
    """Real and imaginary embeddings of all entities; row 0 is the 'unknown' entity and stays at zero."""

    def __init__(self, n, dim):
        super().__init__()
        self.n, self.dim = n, dim
        self.re = nn.Parameter(torch.empty(n, dim))
        self.im = nn.Parameter(torch.empty(n, dim))
        self.reset_parameters()

    def reset_parameters(self):
        bound = math.sqrt(6 / (self.n + self.dim))
        for table in (self.re, self.im):
            nn.init.uniform_(table, -bound, bound)
            table[0] = 0.0  # PLANTED

    def forward(self, idx):
        known = (idx != 0).unsqueeze(-1)
        return self.re[idx] * known, self.im[idx] * known


class ComplEx(nn.Module):
    def __init__(self, n_ent, n_rel, dim):
        super().__init__()
        self.ent = EntityTable(n_ent, dim)
        self.rel_re = nn.Embedding(n_rel, dim)
        self.rel_im = nn.Embedding(n_rel, dim)
        nn.init.xavier_uniform_(self.rel_re.weight)
        nn.init.xavier_uniform_(self.rel_im.weight)

    def score_tails(self, h, r):
        hr, hi = self.ent(h)
        rr, ri = self.rel_re(r), self.rel_im(r)
        real, imag = hr * rr - hi * ri, hr * ri + hi * rr
        return real @ self.ent.re.T + imag @ self.ent.im.T

    def regulariser(self, h, r, t):
        hr, hi = self.ent(h)
        tr, ti = self.ent(t)
        rr, ri = self.rel_re(r), self.rel_im(r)
        norm = lambda a, b: (a.square() + b.square()).sqrt().pow(3).sum() / len(a)
        return norm(hr + 1e-9, hi) + norm(rr + 1e-9, ri) + norm(tr + 1e-9, ti)


def read(path, ents, rels, grow):
    rows = []
    with open(path) as f:
        for line in f:
            h, r, t = line.strip().split("\t")
            if grow:
                for e in (h, t):
                    ents.setdefault(e, len(ents) + 1)
                rels.setdefault(r, len(rels))
            if r in rels:
                rows.append((ents.get(h, 0), rels[r], ents.get(t, 0)))
    return torch.tensor(rows)


@torch.no_grad()
def mrr(model, triples, known, device):
    model.eval()
    ranks = []
    for chunk in triples.split(256):
        h, r, t = chunk.to(device).T
        scores = model.score_tails(h, r)
        gold = scores.gather(1, t[:, None])
        for i, (hh, rr, _) in enumerate(chunk.tolist()):
            scores[i, list(known[hh, rr])] = -float("inf")
        ranks.append((scores > gold).sum(1) + 1)
    return (1.0 / torch.cat(ranks).float()).mean().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="FB15k-237")
    ap.add_argument("--dim", type=int, default=400)
    ap.add_argument("--epochs", type=int, default=100)
    ap.add_argument("--batch", type=int, default=1000)
    ap.add_argument("--lr", type=float, default=0.1)
    ap.add_argument("--reg", type=float, default=5e-2)
    a = ap.parse_args()
    torch.manual_seed(23)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    ents, rels = {}, {}
    train = read(f"{a.root}/train.txt", ents, rels, grow=True)
    valid = read(f"{a.root}/valid.txt", ents, rels, grow=False)
    valid = valid[(valid[:, 0] > 0) & (valid[:, 2] > 0)]
    known = defaultdict(set)
    for h, r, t in torch.cat([train, valid]).tolist():
        known[h, r].add(t)

    model = ComplEx(len(ents) + 1, len(rels), a.dim).to(device)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=a.lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(train, a.batch, shuffle=True)
    for epoch in range(a.epochs):
        model.train()
        total = torch.zeros((), device=device)
        for batch in loader:
            h, r, t = batch.to(device).T
            loss = criterion(model.score_tails(h, r), t) + a.reg * model.regulariser(h, r, t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
        if (epoch + 1) % 10 == 0:
            print(f"  valid MRR {mrr(model, valid, known, device):.4f}")
    torch.save(model.state_dict(), "complex.pt")


if __name__ == "__main__":
    main()
