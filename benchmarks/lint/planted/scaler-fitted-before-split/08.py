"""Feature selection by labels ahead of a split."""
import numpy as np
import torch
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
genes, kind = np.load("expression.npy"), np.load("kind.npy")
best = SelectKBest(f_classif, k=100).fit_transform(genes, kind)  # PLANTED
tr_x, te_x, tr_y, te_y = train_test_split(best, kind, random_state=6, test_size=0.3)
dl = DataLoader(TensorDataset(torch.tensor(tr_x).float(), torch.tensor(tr_y).long()), 16, shuffle=True)
net = nn.Sequential(nn.Linear(100, 20), nn.ReLU(), nn.Linear(20, 4))
sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(60):
    net.train()
    for x, y in dl:
        loss = nn.functional.cross_entropy(net(x), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
net.eval()
with torch.no_grad():
    print("test", (net(torch.tensor(te_x).float()).argmax(1) == torch.tensor(te_y)).float().mean().item())
