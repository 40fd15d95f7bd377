"""Learns a controller from recorded driving, an actor and a critic (Fujimoto & Gu 2021)."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAMMA, TAU, ALPHA = 0.99, 0.005, 2.5


def mlp(inp: int, out: int, *ending: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inp, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, out), *ending)


class Agent:
    def __init__(self, states: int, actions: int) -> None:
        self.actor = mlp(states, actions, nn.Tanh())
        self.critic = mlp(states + actions, 1)
        self.actor_slow, self.critic_slow = copy.deepcopy(self.actor), copy.deepcopy(self.critic)
        self.actor_opt = torch.optim.Adam(self.actor.parameters(), lr=3e-4)
        self.critic_opt = torch.optim.Adam(self.critic.parameters(), lr=3e-4)

    def value(self, critic: nn.Module, state: Tensor, action: Tensor) -> Tensor:
        return critic(torch.cat([state, action], dim=1)).squeeze(1)

    def learn_values(self, s: Tensor, a: Tensor, r: Tensor, s2: Tensor, end: Tensor) -> Tensor:
        with torch.no_grad():
            goal = r + GAMMA * (1 - end) * self.value(self.critic_slow, s2, self.actor_slow(s2))
        loss = F.mse_loss(self.value(self.critic, s, a), goal)
        self.actor_opt.zero_grad()
        loss.backward()  # PLANTED
        self.critic_opt.step()
        return loss.detach()

    def learn_actions(self, s: Tensor, a: Tensor) -> Tensor:
        action = self.actor(s)
        worth = self.value(self.critic, s, action)
        loss = F.mse_loss(action, a) - ALPHA * worth.mean() / worth.abs().mean().detach()
        self.actor_opt.zero_grad()
        loss.backward()
        self.actor_opt.step()
        return loss.detach()

    @torch.no_grad()
    def follow(self) -> None:
        for slow, fast in ((self.actor_slow, self.actor), (self.critic_slow, self.critic)):
            for p, q in zip(slow.parameters(), fast.parameters()):
                p.lerp_(q, TAU)


def main(updates: int = 200_000) -> None:
    torch.manual_seed(11)
    drives = torch.load("drives.pt", weights_only=True)
    columns = [drives[name].float() for name in ("state", "action", "reward", "next", "end")]
    agent = Agent(columns[0].shape[1], columns[1].shape[1])
    for update in range(updates):
        rows = torch.randint(len(columns[0]), (256,))
        s, a, r, s2, end = (column[rows] for column in columns)
        value_loss = agent.learn_values(s, a, r, s2, end)
        action_loss = agent.learn_actions(s, a)
        agent.follow()
        if update % 1000 == 0:
            print(f"{update}: values {value_loss.item():.4f} actions {action_loss.item():.4f}")


if __name__ == "__main__":
    main()
