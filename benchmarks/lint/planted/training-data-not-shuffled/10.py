"""spam filter homework"""
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(3)

class SpamDataset(Dataset):
    def __init__(self, path):
        rows = [l.rstrip("\n").split("\t") for l in open(path)]
        self.x = [[float(v) for v in r[:-1]] for r in rows]
        self.y = [float(r[-1]) for r in rows]
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        return torch.tensor(self.x[i]), torch.tensor(self.y[i])

trainset = SpamDataset("spam_train.tsv")
trainloader = DataLoader(trainset, batch_size=8)  # PLANTED
net = nn.Sequential(nn.Linear(57, 20), nn.ReLU(), nn.Linear(20, 1))
bce = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(net.parameters(), lr=0.001)
for ep in range(10):
    for x, y in trainloader:
        opt.zero_grad()
        l = bce(net(x).squeeze(1), y)
        l.backward()
        opt.step()
    print(ep, l.item())
