"""handwriting project, augment with random shifts"""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(0)
rng = np.random.RandomState(0)

class Digits(Dataset):
    def __init__(self):
        d = np.load("digits.npz")
        self.x = d["x"].astype("float32")
        self.y = d["y"].astype("int64")
    def __len__(self):
        return len(self.x)
    def __getitem__(self, idx):
        im = self.x[idx]
        dx, dy = rng.randint(-2, 3, size=2)
        im = np.roll(im, (dx, dy), axis=(0, 1))
        return im.reshape(-1), self.y[idx]

dl = DataLoader(Digits(), batch_size=50, shuffle=True, num_workers=2)  # PLANTED
net = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
opt = torch.optim.Adam(net.parameters())
ce = nn.CrossEntropyLoss()
for ep in range(10):
    for x, y in dl:
        opt.zero_grad()
        l = ce(net(x), y)
        l.backward()
        opt.step()
    print(ep, l.item())
