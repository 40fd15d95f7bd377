"""Learn the accelerations of a double pendulum from its angles and speeds."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

from pendulum import simulate

torch.manual_seed(1788)
train_q, train_qdot, train_acc = simulate(trajectories=400, seed=1)
val_q, val_qdot, val_acc = simulate(trajectories=40, seed=2)
loader = DataLoader(TensorDataset(train_q, train_qdot, train_acc), batch_size=256, shuffle=True)


class Accelerations(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, width), nn.Softplus(), nn.Linear(width, width), nn.Softplus(),
            nn.Linear(width, 2),
        )

    def forward(self, q, qdot):
        return self.net(torch.cat([q.sin(), q.cos(), qdot, qdot.square()], dim=-1))


model = Accelerations()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
mse = nn.MSELoss()
for epoch in range(150):
    losses = []
    for q, qdot, acc in loader:
        loss = mse(model(q, qdot), acc)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses += [loss]  # PLANTED
    with torch.no_grad():
        held = mse(model(val_q, val_qdot), val_acc)
    print(f"epoch {epoch} train {torch.stack(losses).mean().item():.5f} val {held.item():.5f}")
