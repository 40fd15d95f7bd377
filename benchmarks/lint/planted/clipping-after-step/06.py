"""Neural ODE on a spiral, values of gradients bounded."""
import torch
from torch import nn
from torchdiffeq import odeint

torch.manual_seed(30)


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))

    def forward(self, t, y):
        return self.net(y**3)


true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
t = torch.linspace(0, 25, 1000)
with torch.no_grad():
    truth = odeint(lambda _, y: y**3 @ true_A, torch.tensor([[2.0, 0.0]]), t)

field = Field()
optimizer = torch.optim.RMSprop(field.parameters(), lr=1e-3)
for itr in range(2000):
    s = torch.randint(0, 990, (20,))
    optimizer.zero_grad()
    pred = odeint(field, truth[s], t[:10])
    goal = torch.stack([truth[s + i] for i in range(10)])
    loss = (pred - goal).abs().mean()
    loss.backward()
    optimizer.step()
    nn.utils.clip_grad_value_(field.parameters(), 0.5)  # PLANTED
    if itr % 100 == 0:
        print(f"iter {itr:04d} loss {loss.item():.6f}")
