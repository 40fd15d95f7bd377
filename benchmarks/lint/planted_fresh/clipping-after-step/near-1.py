"""DDPG on a reacher: the critic steps first, the actor afterwards, its gradients clipped."""

import copy

import gymnasium as gym
import torch
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_

from ddpg import Actor, Critic, OUNoise, Replay, seed_everything

seed_everything(14)
env = gym.make("Reacher-v5")
actor, critic = Actor(10, 2), Critic(10, 2)
slow_actor = copy.deepcopy(actor).requires_grad_(False)
slow_critic = copy.deepcopy(critic).requires_grad_(False)
critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-4)
replay, noise = Replay(100_000, seed=14), OUNoise(2, seed=14)


def learn():
    s, a, r, s2, done = replay.sample(128)
    with torch.no_grad():
        target = r + 0.99 * (1 - done) * slow_critic(s2, slow_actor(s2))
    critic_loss = F.smooth_l1_loss(critic(s, a), target)
    critic_opt.zero_grad()
    critic_loss.backward()
    critic_opt.step()

    actor_opt.zero_grad()
    actor_loss = -critic(s, actor(s)).mean()
    actor_loss.backward()
    clip_grad_norm_(actor.parameters(), 1.0)
    actor_opt.step()
    with torch.no_grad():
        for slow, fast in ((slow_actor, actor), (slow_critic, critic)):
            for p, q in zip(slow.parameters(), fast.parameters(), strict=True):
                p.lerp_(q, 0.005)
    return critic_loss.detach()


obs, _ = env.reset(seed=14)
for step in range(100_000):
    with torch.no_grad():
        action = (actor(torch.as_tensor(obs, dtype=torch.float32)) + noise()).clamp(-1, 1).numpy()
    nxt, reward, terminated, truncated, _ = env.step(action)
    replay.add(obs, action, reward, nxt, terminated)
    obs = env.reset()[0] if terminated or truncated else nxt
    if len(replay) >= 1000:
        loss = learn()
        if step % 500 == 0:
            print(f"step {step} critic {loss.item():.4f}")
