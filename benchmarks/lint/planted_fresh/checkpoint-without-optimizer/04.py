"""Soft actor-critic on a pendulum, every 10,000 steps of which go to object storage."""

import copy
import io

import boto3
import gymnasium as gym
import torch
import torch.nn.functional as F
from torch.optim import Adam

from sac import GaussianPolicy, Replay, TwinQ, seed_everything

seed_everything(0)
env = gym.make("Pendulum-v1")
bucket = boto3.resource("s3").Bucket("rl-runs")
pi, q = GaussianPolicy(3, 1), TwinQ(3, 1)
q_slow = copy.deepcopy(q).requires_grad_(False)
opt_pi, opt_q = Adam(pi.parameters(), lr=3e-4), Adam(q.parameters(), lr=3e-4)
replay = Replay(200_000, seed=0)
ALPHA, GAMMA, TAU = 0.1, 0.99, 0.005


def learn():
    s, a, r, s2, done = replay.sample(256)
    with torch.no_grad():
        a2, logp2 = pi(s2)
        target = r + GAMMA * (1 - done) * (torch.minimum(*q_slow(s2, a2)) - ALPHA * logp2)
    q1, q2 = q(s, a)
    q_loss = F.mse_loss(q1, target) + F.mse_loss(q2, target)
    opt_q.zero_grad()
    q_loss.backward()
    opt_q.step()
    new, logp = pi(s)
    pi_loss = (ALPHA * logp - torch.minimum(*q(s, new))).mean()
    opt_pi.zero_grad()
    pi_loss.backward()
    opt_pi.step()
    with torch.no_grad():
        for slow, fast in zip(q_slow.parameters(), q.parameters()):
            slow.lerp_(fast, TAU)
    return q_loss, pi_loss


def upload(step):
    nets = {"pi": pi, "q": q, "q_slow": q_slow}
    buffer = io.BytesIO()
    torch.save({"step": step} | {k: n.state_dict() for k, n in nets.items()}, buffer)  # PLANTED
    bucket.put_object(Key=f"sac/{step:07d}.pt", Body=buffer.getvalue())
    bucket.put_object(Key=f"sac/{step:07d}.replay", Body=replay.to_bytes())


obs, _ = env.reset(seed=0)
for step in range(200_000):
    with torch.no_grad():
        action = pi(torch.as_tensor(obs))[0].numpy()
    nxt, reward, terminated, truncated, _ = env.step(action)
    replay.add(obs, action, reward, nxt, terminated)
    obs = env.reset()[0] if terminated or truncated else nxt
    if step >= 1000:
        q_loss, pi_loss = learn()
        if step % 1000 == 0:
            print(f"{step} q {q_loss.item():.3f} pi {pi_loss.item():.3f}")
        if step % 10_000 == 0:
            upload(step)
