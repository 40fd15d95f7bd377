"""Estimates ages from embeddings of faces, with targets that are columns."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Faces(Dataset):
    def __init__(self, path):
        stored = np.load(path)
        self.embedding = stored["embedding"].astype(np.float32)
        self.age = stored["age"].astype(np.float32)

    def __len__(self):
        return len(self.age)

    def __getitem__(self, i):
        return self.embedding[i], self.age[i : i + 1]


torch.manual_seed(55)
train = DataLoader(Faces("train.npz"), batch_size=200, shuffle=True)
valid = DataLoader(Faces("valid.npz"), batch_size=1000)

model = nn.Sequential(nn.Linear(512, 100), nn.ReLU(), nn.Dropout(0.25), nn.Linear(100, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=4e-4)
mse = nn.MSELoss()

for epoch in range(60):
    model.train()
    for embedding, age in train:
        predicted = model(embedding)
        loss = mse(predicted, age)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model.eval()
    with torch.no_grad():
        worst = torch.stack([(model(e) - a).abs().max() for e, a in valid]).max()
    print(f"{epoch}: train {loss.item():.2f}, worst miss {worst.item():.1f} years")
