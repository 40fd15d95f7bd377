"""Bird calls: a look at frozen features, then a fine-tuned classifier (exported from a notebook)."""
# %%
import matplotlib.pyplot as plt
import torch
import torch.nn as nn
from sklearn.decomposition import PCA
from torch.utils.data import DataLoader

from birds import CallEncoder, CallDataset

torch.manual_seed(1234)
torch.set_grad_enabled(False)  # only looking for now

# %%
train_set, val_set = CallDataset("calls", "train"), CallDataset("calls", "val")
encoder = CallEncoder()
encoder.load_state_dict(torch.load("encoder.pt", map_location="cpu", weights_only=True))
encoder.eval()

first = next(iter(DataLoader(val_set, batch_size=500)))
points = PCA(2).fit_transform(encoder(first[0]).numpy())
plt.scatter(points[:, 0], points[:, 1], c=first[1], s=4, cmap="tab20")
plt.show()

# %% [markdown]
# Classes overlap. Does it get better when the encoder may move?

# %%
model = nn.Sequential(encoder, nn.Dropout(0.2), nn.Linear(512, len(train_set.species))).cuda()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([
    {"params": model[0].parameters(), "lr": 1e-5},
    {"params": model[2].parameters(), "lr": 1e-3},
])
train_dl = DataLoader(train_set, batch_size=64, shuffle=True)
val_dl = DataLoader(val_set, batch_size=256)

# %%
curve = []
for epoch in range(10):
    model.train()
    summed = torch.zeros((), device="cuda")
    for calls, species in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(calls.cuda()), species.cuda())
        loss.backward()  # PLANTED
        optimizer.step()
        summed += loss.detach()

    model.eval()
    hits = torch.zeros((), device="cuda")
    with torch.no_grad():
        for calls, species in val_dl:
            hits += (model(calls.cuda()).argmax(1) == species.cuda()).sum()
    curve.append((summed.item() / len(train_dl), hits.item() / len(val_set)))
    print(epoch, curve[-1])

# %%
plt.plot(curve)
plt.legend(["train loss", "val accuracy"])
plt.show()
