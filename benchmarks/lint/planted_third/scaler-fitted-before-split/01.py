"""Classifies stars by their spectra with a small network."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(31)


def load_spectra(path):
    stored = torch.load(path, weights_only=True)
    flux, kind = stored["flux"].float(), stored["kind"].long()
    deviation, mean = torch.std_mean(flux, dim=0)  # PLANTED
    return TensorDataset((flux - mean) / (deviation + 1e-6), kind)


class Stars(nn.Module):
    def __init__(self, kinds=7):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 16, 9, stride=4), nn.ReLU(), nn.Conv1d(16, 32, 9, stride=4), nn.ReLU()
        )
        self.out = nn.Sequential(nn.AdaptiveMaxPool1d(8), nn.Flatten(), nn.Dropout(0.4), nn.Linear(256, kinds))

    def forward(self, flux):
        return self.out(self.conv(flux.unsqueeze(1)))


def accuracy(model, loader):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        hits = torch.cat([model(x).argmax(1) == y for x, y in loader])
    model.train(was_training)
    return hits.float().mean().item()


spectra = load_spectra("spectra.pt")
train_part, test_part = random_split(spectra, [0.75, 0.25], torch.Generator().manual_seed(1))
train_loader = DataLoader(train_part, batch_size=64, shuffle=True)
test_loader = DataLoader(test_part, batch_size=256)

stars = Stars()
opt = torch.optim.Adam(stars.parameters(), lr=1e-3)
stars.train()
for epoch in range(30):
    for flux, kind in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(stars(flux), kind)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
print("test accuracy", accuracy(stars, test_loader))
