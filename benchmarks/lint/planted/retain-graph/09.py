"""Kalman-like filter learned over a stream: the state is kept from step to step."""
from dataclasses import dataclass

import torch
from torch import nn

from stream import observations


@dataclass
class State:
    mean: torch.Tensor
    gain: torch.Tensor


class Filter(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.predict = nn.Linear(d, d)
        self.adapt = nn.Linear(2 * d, d)

    def forward(self, s: State, z: torch.Tensor) -> State:
        prior = self.predict(s.mean)
        gain = torch.sigmoid(self.adapt(torch.cat([prior, z], -1)))
        return State(prior + gain * (z - prior), gain)


torch.manual_seed(8)
f = Filter()
opt = torch.optim.Adam(f.parameters(), lr=1e-3)
state = State(torch.zeros(1, 8), torch.zeros(1, 8))
for t, (z, truth) in enumerate(observations()):
    state = f(state, z)
    loss = (state.mean - truth).pow(2).mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)  # PLANTED
    opt.step()
    if t % 200 == 0:
        print(t, loss.item(), state.gain.mean().item())
