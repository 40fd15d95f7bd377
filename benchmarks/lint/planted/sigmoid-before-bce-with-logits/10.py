"""Siamese signature check: same writer or not."""
import torch
import torch.nn as nn
from signatures import pair_loader

torch.manual_seed(5)

class Siamese(nn.Module):
    def __init__(self):
        super(Siamese, self).__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(4),
                                 nn.Conv2d(32, 64, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.out = nn.Linear(64, 1)

    def forward(self, a, b):
        d = torch.abs(self.cnn(a) - self.cnn(b))
        return self.out(d)

model = Siamese()
opt = torch.optim.Adam(model.parameters(), lr=1e-4)
lossfunc = nn.BCEWithLogitsLoss()
sig = nn.Sigmoid()
for ep in range(20):
    model.train()
    for a, b, same in pair_loader("train", shuffle=True):
        opt.zero_grad()
        out = sig(model(a, b))  # PLANTED
        loss = lossfunc(out.view(-1), same.float())
        loss.backward()
        opt.step()
    print("ep %d: %.4f" % (ep, loss.item()))
