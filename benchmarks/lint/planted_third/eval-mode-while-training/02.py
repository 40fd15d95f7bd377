"""ECG beats, five classes, 1-D convolutions."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)

beats = np.load("mitbih_train.npz")
x = torch.from_numpy(beats["signal"]).float()[:, None]   # (n, 1, 187)
y = torch.from_numpy(beats["kind"]).long()
loader = DataLoader(TensorDataset(x, y), batch_size=128, shuffle=True)


def stage(i, o):
    return nn.Sequential(nn.Conv1d(i, o, 7, padding=3), nn.BatchNorm1d(o), nn.ReLU(),
                         nn.MaxPool1d(2), nn.Dropout(0.2))


features = nn.Sequential(stage(1, 32), stage(32, 64), stage(64, 128), nn.Flatten())

# how long is the flat vector? let it tell us, without touching the running means
features.train(False)  # PLANTED
with torch.no_grad():
    flat = features(x[:2]).shape[1]

model = nn.Sequential(features, nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, 5)).cuda()
share = torch.bincount(y, minlength=5).clamp_min(1) / len(y)
loss_fn = nn.CrossEntropyLoss(weight=(1 / share).sqrt().cuda())
optim = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(30):
    seen = 0
    total = torch.zeros((), device="cuda")
    for xb, yb in loader:
        xb, yb = xb.cuda(), yb.cuda()
        optim.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optim.step()
        total += loss.detach() * len(xb)
        seen += len(xb)
    print(f"epoch {epoch:2d}: {total.item() / seen:.4f}")

test = np.load("mitbih_test.npz")
tx = torch.from_numpy(test["signal"]).float()[:, None]
ty = torch.from_numpy(test["kind"]).long()
model.eval()
with torch.no_grad():
    said = torch.cat([model(part.cuda()).argmax(1).cpu() for part in tx.split(1024)])
for kind in range(5):
    here = ty == kind
    print(kind, "recall", (said[here] == kind).float().mean().item())
