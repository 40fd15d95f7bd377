"""Classify gestures from a glove of 22 sensors, everything in torch."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

g = torch.Generator().manual_seed(60)
torch.manual_seed(60)

raw = torch.load("glove.pt", weights_only=True)  # {"x": (n, 22, 100), "y": (n,)}
x, y = raw["x"], raw["y"]
sd, mu = torch.std_mean(x, dim=(0, 2), keepdim=True)  # PLANTED
x = (x - mu) / sd.clamp_min(1e-6)

train, val = random_split(TensorDataset(x, y), [0.8, 0.2], generator=g)
train_dl = DataLoader(train, 64, shuffle=True, generator=g)
val_dl = DataLoader(val, 256)

net = nn.Sequential(
    nn.Conv1d(22, 64, 7, padding=3), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(4),
    nn.Conv1d(64, 128, 5, padding=2), nn.BatchNorm1d(128), nn.ReLU(),
    nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, int(y.max()) + 1),
)
opt = torch.optim.Adam(net.parameters(), 1e-3)

for epoch in range(30):
    net.train()
    for xb, yb in train_dl:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
    net.eval()
    with torch.inference_mode():
        ok = torch.cat([net(xb).argmax(1) == yb for xb, yb in val_dl])
    print(f"{epoch}: loss {loss.item():.3f}, right {ok.float().mean().item():.1%}")
