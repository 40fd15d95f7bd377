"""Encoder and decoder of an autoencoder."""
import torch
import torch.nn as nn

from faces import loader

torch.manual_seed(0)
encoder = nn.Sequential(nn.Flatten(), nn.Linear(4096, 256), nn.ReLU(), nn.Linear(256, 32))
decoder = nn.Sequential(nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 4096))
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)  # PLANTED
criterion = nn.MSELoss()

for epoch in range(30):
    encoder.train()
    decoder.train()
    for x in loader:
        out = decoder(encoder(x))
        loss = criterion(out, x.flatten(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
