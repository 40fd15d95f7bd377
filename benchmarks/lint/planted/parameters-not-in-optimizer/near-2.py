"""Two modules, one optimizer each, both stepped from one loss."""
import itertools

import torch
import torch.nn.functional as F


def train(enc, dec, proj, loader, epochs=10):
    torch.manual_seed(1)
    fast = torch.optim.Adam(itertools.chain(dec.parameters(), proj.parameters()), lr=1e-3)
    slow = torch.optim.Adam(enc.parameters(), lr=1e-5)
    for epoch in range(epochs):
        enc.train()
        dec.train()
        for x in loader:
            loss = F.mse_loss(dec(proj(enc(x))), x)
            for opt in (fast, slow):
                opt.zero_grad()
            loss.backward()
            for opt in (fast, slow):
                opt.step()
        print(epoch, loss.item())
