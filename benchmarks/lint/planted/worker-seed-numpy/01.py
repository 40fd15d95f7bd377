"""Random crops with numpy in the dataset."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from tiles import load_tiles, Net


class RandomCrops(Dataset):
    def __init__(self, images, labels, size=64):
        self.images, self.labels, self.size = images, labels, size
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        img = self.images[i]
        top = self.rng.integers(0, img.shape[0] - self.size)
        left = self.rng.integers(0, img.shape[1] - self.size)
        crop = img[top : top + self.size, left : left + self.size]
        return torch.from_numpy(crop.copy()).permute(2, 0, 1).float() / 255, self.labels[i]


torch.manual_seed(0)
loader = DataLoader(RandomCrops(*load_tiles("train")), batch_size=32, shuffle=True, num_workers=4)  # PLANTED
net = Net().cuda()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(20):
    net.train()
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
