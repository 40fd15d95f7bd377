"""Policy training with periodic greedy evaluation (dropout in the policy)."""
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(3)
policy = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 4))
optimizer = torch.optim.Adam(policy.parameters(), lr=5e-4)
env = gym.make("LunarLander-v3")


def rollout(greedy):
    obs, _ = env.reset(seed=3)
    logps, total, done = [], 0.0, False
    while not done:
        dist = Categorical(logits=policy(torch.as_tensor(obs)))
        a = dist.probs.argmax() if greedy else dist.sample()
        logps.append(dist.log_prob(a))
        obs, r, term, trunc, _ = env.step(a.numpy())
        total += float(r)
        done = term or trunc
    return torch.stack(logps).sum(), total


def greedy_score():
    policy.eval()  # PLANTED
    with torch.no_grad():
        return rollout(True)[1]


policy.train()
baseline = 0.0
for episode in range(3000):
    logp, ret = rollout(False)
    baseline = 0.95 * baseline + 0.05 * ret
    loss = -logp * (ret - baseline)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 100 == 0:
        print(episode, "greedy score", greedy_score())
