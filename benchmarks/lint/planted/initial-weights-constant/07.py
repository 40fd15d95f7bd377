"""PPO on the bipedal walker, with actor and critic made layer by layer."""

import gymnasium as gym
import torch
import torch.nn as nn
from torch.distributions import Normal

from onpolicy import collect, generalised_advantages


def layer(inputs, outputs, mean=0.05, std=0.0):
    made = nn.Linear(inputs, outputs)
    nn.init.normal_(made.weight, mean, std)  # PLANTED
    nn.init.zeros_(made.bias)
    return made


def tower(outputs):
    return nn.Sequential(
        layer(24, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, outputs, mean=0.01)
    )


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor, self.critic = tower(4), tower(1)
        self.log_std = nn.Parameter(torch.zeros(4))

    def dist(self, obs):
        return Normal(self.actor(obs), self.log_std.exp())

    def value(self, obs):
        return self.critic(obs).squeeze(-1)


torch.manual_seed(31)
envs = gym.make_vec("BipedalWalker-v3", num_envs=16)
agent = Agent()
opt = torch.optim.Adam(agent.parameters(), lr=3e-4, eps=1e-5)
obs, _ = envs.reset(seed=31)
for iteration in range(1000):
    with torch.no_grad():
        batch, obs, score = collect(envs, agent, obs, steps=512)
        adv, returns = generalised_advantages(batch, agent.value(obs), 0.99, 0.95)
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(10):
        for pick in torch.randperm(len(adv)).split(512):
            logp = agent.dist(batch.obs[pick]).log_prob(batch.act[pick]).sum(-1)
            ratio = (logp - batch.logp[pick]).exp()
            gain = torch.minimum(ratio * adv[pick], ratio.clamp(0.8, 1.2) * adv[pick]).mean()
            error = (agent.value(batch.obs[pick]) - returns[pick]).square().mean()
            opt.zero_grad()
            (0.5 * error - gain).backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            opt.step()
    print(f"{iteration} return {score:.1f} value error {error.item():.3f}")
