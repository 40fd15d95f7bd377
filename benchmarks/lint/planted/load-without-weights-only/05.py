"""Evaluate an agent that was trained elsewhere."""
import gymnasium as gym
import torch
from torch import nn

policy = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))
saved = torch.load(f="cartpole.pth", map_location="cpu")  # PLANTED
policy.load_state_dict(saved["policy"])
policy.eval()

env = gym.make("CartPole-v1")
scores = []
for seed in range(20):
    obs, _ = env.reset(seed=seed)
    total, done = 0.0, False
    while not done:
        with torch.no_grad():
            a = int(policy(torch.as_tensor(obs)).argmax())
        obs, r, term, trunc, _ = env.step(a)
        total += float(r)
        done = term or trunc
    scores.append(total)
print("mean return", sum(scores) / len(scores))
