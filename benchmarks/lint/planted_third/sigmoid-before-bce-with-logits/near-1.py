"""Segments vessels of the retina with two losses, of which one wants probabilities."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class DiceAndCross(nn.Module):
    def __init__(self, share=0.5):
        super().__init__()
        self.cross = nn.BCEWithLogitsLoss()
        self.share = share

    def forward(self, out, mask):
        probability = torch.sigmoid(out)
        overlap = (probability * mask).sum(dim=(1, 2, 3))
        size = (probability + mask).sum(dim=(1, 2, 3))
        dice = 1 - ((2 * overlap + 1) / (size + 1)).mean()
        return self.share * dice + (1 - self.share) * self.cross(out, mask)


def main():
    torch.manual_seed(36)
    retina = torch.load("retina.pt", weights_only=True)
    loader = DataLoader(TensorDataset(retina["eye"], retina["vessel"].float()), batch_size=4, shuffle=True)
    net = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=4, dilation=4), nn.ReLU(),
        nn.Conv2d(32, 1, 1),
    )
    criterion = DiceAndCross()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(100):
        for eye, vessel in loader:
            optimizer.zero_grad()
            loss = criterion(net(eye), vessel)
            loss.backward()
            optimizer.step()
        print(epoch, f"{loss.item():.4f}")


main()
