"""Sensor faults: principal components, then a classifier."""
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split


class SensorExperiment:
    def __init__(self, path, dims=20, seed=1):
        torch.manual_seed(seed)
        raw = np.load(path)
        self.pca = PCA(n_components=dims, random_state=seed)
        feats = self.pca.fit_transform(raw["x"])  # PLANTED
        parts = train_test_split(feats, raw["y"], test_size=0.25, random_state=seed, stratify=raw["y"])
        self.xt, self.xv = (torch.from_numpy(p).float() for p in parts[:2])
        self.yt, self.yv = (torch.from_numpy(p).long() for p in parts[2:])
        self.net = torch.nn.Linear(dims, int(self.yt.max()) + 1)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def train(self, epochs=100):
        for epoch in range(epochs):
            for i in torch.randperm(len(self.xt)).split(64):
                loss = F.cross_entropy(self.net(self.xt[i]), self.yt[i])
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            if epoch % 10 == 0:
                print(epoch, loss.item())

    @torch.no_grad()
    def accuracy(self):
        self.net.eval()
        return (self.net(self.xv).argmax(1) == self.yv).float().mean().item()
