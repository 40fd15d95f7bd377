"""DQN update with a target network."""
import torch
from torch import nn
import torch.nn.functional as F


class DQN:
    def __init__(self, net: nn.Module, target: nn.Module, lr=1e-3, gamma=0.99):
        torch.manual_seed(0)
        self.net, self.target, self.gamma = net, target, gamma
        self.opt = torch.optim.Adam(net.parameters(), lr=lr)
        self.updates = 0

    def update(self, states, actions, rewards, nexts, dones):
        """`actions`, `rewards` and `dones` have the shape `(batch,)`."""
        q = self.net(states).gather(1, actions.unsqueeze(1))
        with torch.no_grad():
            best = self.target(nexts).max(dim=1).values
            goal = rewards + self.gamma * best * (1 - dones)
        loss = F.smooth_l1_loss(q, goal)  # PLANTED
        self.opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.opt.step()
        self.updates += 1
        if self.updates % 1000 == 0:
            self.target.load_state_dict(self.net.state_dict())
            print(self.updates, loss.item())
