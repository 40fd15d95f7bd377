"""Resume a run from its last checkpoint."""
import torch
import torch.nn as nn

from data import loader
from net import Net

torch.manual_seed(0)
model = Net().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
checkpoint = torch.load("last.pt", map_location="cuda", weights_only=True)
model.load_state_dict(checkpoint["model"])  # PLANTED
torch.set_rng_state(checkpoint["rng"].cpu())
criterion = nn.CrossEntropyLoss()
for epoch in range(checkpoint["epoch"] + 1, 100):
    model.train()
    for x, y in loader:
        loss = criterion(model(x.cuda()), y.cuda())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state(), "epoch": epoch}, "last.pt")
