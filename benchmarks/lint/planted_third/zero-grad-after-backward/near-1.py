"""Learns features of faces that do not tell the camera: one network learns, another opposes it."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(39)
faces = torch.load("faces.pt", weights_only=True)
loader = DataLoader(
    TensorDataset(faces["pixels"].flatten(1).float(), faces["person"], faces["camera"]), batch_size=128, shuffle=True
)

encoder = nn.Sequential(nn.Linear(faces["pixels"][0].numel(), 256), nn.ReLU(), nn.Linear(256, 64))
person_head, camera_head = nn.Linear(64, 100), nn.Linear(64, 4)
learn = torch.optim.Adam([*encoder.parameters(), *person_head.parameters()], lr=1e-3)
oppose = torch.optim.Adam(camera_head.parameters(), lr=1e-3)
ce = nn.CrossEntropyLoss()

for epoch in range(30):
    for pixels, person, camera in loader:
        features = encoder(pixels)
        learn.zero_grad()
        loss = ce(person_head(features), person) - 0.1 * ce(camera_head(features), camera)
        loss.backward()
        # what this backward left in the camera's head is not for its own update
        oppose.zero_grad()
        learn.step()

        against = ce(camera_head(features.detach()), camera)
        against.backward()
        oppose.step()
    print(f"{epoch} person {loss.item():.3f} camera {against.item():.3f}")
