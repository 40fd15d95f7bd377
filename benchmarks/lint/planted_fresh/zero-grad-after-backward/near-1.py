"""Hide attributes in face vectors: an encoder against an adversary that it has to fool."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(25)
d = torch.load("face_vectors.pt", weights_only=True)
loader = DataLoader(TensorDataset(d["x"], d["attribute"]), batch_size=256, shuffle=True)

encoder = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512))
adversary = nn.Sequential(nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 2))
e_opt = torch.optim.Adam(encoder.parameters(), lr=3e-4)
a_opt = torch.optim.Adam(adversary.parameters(), lr=3e-4)

for epoch in range(60):
    for x, attribute in loader:
        z = encoder(x)

        e_opt.zero_grad()
        told = adversary(z).log_softmax(-1)
        fooled = F.kl_div(told, torch.full_like(told, 0.5), reduction="batchmean")
        e_loss = F.mse_loss(z, x) + fooled
        e_loss.backward()
        a_opt.zero_grad()
        e_opt.step()

        a_loss = F.cross_entropy(adversary(z.detach()), attribute)
        a_loss.backward()
        a_opt.step()
    print(f"epoch {epoch} encoder {e_loss.item():.4f} adversary {a_loss.item():.4f}")
