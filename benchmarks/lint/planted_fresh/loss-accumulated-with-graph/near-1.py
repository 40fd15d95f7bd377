"""Teach a network to steer a cart over long horizons, through a simulator with gradients."""

import torch
import torch.nn as nn

from cart import CartDynamics

torch.manual_seed(9)
HORIZON, CARTS = 80, 256
dynamics = CartDynamics(dt=0.02)
steer = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 1), nn.Tanh())
opt = torch.optim.Adam(steer.parameters(), lr=3e-3)

mean_cost = torch.zeros(())
for update in range(1, 2001):
    state = dynamics.random_states(CARTS)
    loss = torch.zeros(())
    for t in range(HORIZON):
        force = 10 * steer(state)
        state = dynamics(state, force)
        cost = state[:, 2].square() + 0.1 * state[:, 0].square() + 1e-3 * force.squeeze(1).square()
        loss = loss + cost.mean() / HORIZON
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(steer.parameters(), 1.0)
    opt.step()
    mean_cost += loss.detach()
    if update % 50 == 0:
        print(f"update {update} cost {mean_cost.item() / 50:.4f}")
        mean_cost.zero_()
