"""Linear probe on frozen features."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from features import extractor, loader

torch.manual_seed(0)
extractor.eval()
probe = nn.Linear(2048, 100)
optimizer = torch.optim.SGD(probe.parameters(), lr=0.1)

for epoch in range(10):
    for images, labels in loader:
        optimizer.zero_grad()
        with torch.no_grad():
            feats = extractor(images)
            loss = F.cross_entropy(probe(feats), labels)
            loss.backward()  # PLANTED
        optimizer.step()
    print(epoch, loss.item())
