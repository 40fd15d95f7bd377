"""Fit a spectrum-to-composition network with the data kept on the device and cut there."""

import torch
from torch import nn

torch.manual_seed(84)
device = "cuda" if torch.cuda.is_available() else "cpu"
spectra, parts = (t.to(device) for t in torch.load("alloys.pt", weights_only=True))  # (n,d) (n,8)
net = nn.Sequential(nn.Linear(spectra.size(1), 256), nn.SiLU(), nn.Linear(256, 8)).to(device)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
BATCH = 256

for epoch in range(200):
    order = torch.randperm(len(spectra), device=device)
    shuffled_x, shuffled_y = spectra[order], parts[order]
    total = torch.zeros((), device=device)
    for start in range(0, len(order), BATCH):
        x = shuffled_x[start : start + BATCH]
        y = shuffled_y[start : start + BATCH]
        loss = nn.functional.kl_div(net(x).log_softmax(-1), y, reduction="batchmean")
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach() * len(x)
    if epoch % 20 == 0:
        print(f"epoch {epoch} kl {total.item() / len(order):.5f}")
