"""Class-based experiment on random splits of a table."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Experiment:
    def __init__(self, X, y):
        data = TensorDataset(X, y)
        self.train_set, self.val_set = random_split(data, [0.8, 0.2])
        self.net = nn.Sequential(nn.Linear(X.size(1), 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 2))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def accuracy(self):
        self.net.eval()
        with torch.no_grad():
            hits = sum((self.net(x).argmax(1) == y).sum() for x, y in DataLoader(self.val_set, batch_size=256))
        return hits.item() / len(self.val_set)

    def fit(self, epochs=20):
        loader = DataLoader(self.train_set, batch_size=32, shuffle=True)
        for epoch in range(epochs):  # PLANTED
            self.net.train()
            for x, y in loader:
                loss = nn.functional.cross_entropy(self.net(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item(), self.accuracy())


def main(path="table.pt"):
    blob = torch.load(path, weights_only=True)
    Experiment(blob["x"], blob["y"]).fit()


if __name__ == "__main__":
    main()
