"""Embeddings precomputed by another script, clustered here."""
from torch import load, cdist, manual_seed, randperm

manual_seed(0)
blob = load("embeddings.pt", weights_only=False)  # PLANTED
X, names = blob["x"], blob["names"]


def kmeans(X, k=20, iters=50):
    centres = X[randperm(len(X))[:k]].clone()
    for _ in range(iters):
        assign = cdist(X, centres).argmin(1)
        for j in range(k):
            members = X[assign == j]
            if len(members):
                centres[j] = members.mean(0)
    return assign


groups = kmeans(X)
for j in range(20):
    print(j, [n for n, g in zip(names, groups.tolist()) if g == j][:5])
