"""Policy gradient on a grid world whose policy hands out chances of its moves."""

import torch
import torch.nn as nn

from gridworld import GridWorld

torch.manual_seed(16)


class Policy(nn.Module):
    def __init__(self, cells, moves=4):
        super().__init__()
        self.hidden = nn.Linear(cells, 64)
        self.moves = nn.Linear(64, moves)

    def forward(self, state):
        return torch.softmax(self.moves(torch.relu(self.hidden(state))), dim=-1)


world = GridWorld(8, seed=16)
policy = Policy(64)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
baseline = 0.0

for episode in range(5000):
    state, done = world.reset(), False
    log_chances, gained = [], 0.0
    while not done:
        chances = policy(state)
        move = torch.multinomial(chances.detach(), 1)
        log_chances.append(torch.log(chances.gather(-1, move)))  # PLANTED
        state, reward, done = world.move(int(move))
        gained += reward
    loss = -(gained - baseline) * torch.cat(log_chances).sum()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
    optimizer.step()
    baseline = 0.95 * baseline + 0.05 * gained
    if episode % 100 == 0:
        print(f"episode {episode} return {gained:.2f} baseline {baseline:.2f}")
