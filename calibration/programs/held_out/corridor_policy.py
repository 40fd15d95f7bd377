"""Policy gradient in a corridor: the only reward lies at its far end."""

import argparse

import torch
from torch import nn
from torch.distributions import Categorical

from neural_trainer.live.monitor import Monitor


class Corridor:
    """A row of cells, many walkers at once; two steps, left and right; slippery floor."""

    def __init__(self, length=15, walkers=16, limit=34):
        self.length, self.walkers, self.limit = length, walkers, limit

    def reset(self):
        self.cell = torch.zeros(self.walkers, dtype=torch.long)
        self.alive = torch.ones(self.walkers)
        return self.observe()

    def observe(self):
        return nn.functional.one_hot(self.cell, self.length).float()

    def step(self, action):
        slip = torch.rand(self.walkers) < 0.1
        move = torch.where(slip, -torch.ones_like(action), 2 * action - 1)
        self.cell = (self.cell + move).clamp(0, self.length - 1)
        arrived = (self.cell == self.length - 1).float() * self.alive
        was_alive = self.alive
        self.alive = self.alive * (1 - arrived)
        return self.observe(), arrived, was_alive


def rollout(env, policy, gamma):
    obs, log_probs, rewards, alive, entropies = env.reset(), [], [], [], []
    for _ in range(env.limit):
        dist = Categorical(logits=policy(obs))
        action = dist.sample()
        obs, reward, mask = env.step(action)
        log_probs.append(dist.log_prob(action))
        entropies.append(dist.entropy())
        rewards.append(reward)
        alive.append(mask)
    returns, running = [], torch.zeros(env.walkers)
    for reward in reversed(rewards):
        running = reward + gamma * running
        returns.insert(0, running)
    stacked = [torch.stack(t) for t in (log_probs, returns, alive, entropies)]
    return (*stacked, torch.stack(rewards).sum(0).mean().item())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    config = {"lr": 1e-3, "gamma": 0.97, "entropy_bonus": 0.003, "updates": 240}
    env = Corridor()
    policy = nn.Sequential(nn.Linear(env.length, 32), nn.Tanh(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=config["lr"])
    monitor = Monitor(args.out, policy, optimizer, config, activations=True, judge=False)
    recent = []
    for update in range(config["updates"]):
        log_probs, returns, alive, entropies, reward = rollout(env, policy, config["gamma"])
        baseline = (returns * alive).sum(1, keepdim=True) / alive.sum(1, keepdim=True).clamp(min=1)
        advantage = (returns - baseline) * alive
        steps = alive.sum()
        entropy = (entropies * alive).sum() / steps
        loss = -(log_probs * advantage).sum() / steps - config["entropy_bonus"] * entropy
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, reward=reward, entropy=entropy.item())
        recent = [*recent[-19:], reward]
        if update % 40 == 39:
            print(f"update {update + 1}: reward {sum(recent) / len(recent):.3f}")
    monitor.close()
    print(f"score: {sum(recent) / len(recent):.4f}")


if __name__ == "__main__":
    main()
