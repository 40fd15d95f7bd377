"""Actor-critic where the actor's loss comes from stored log-probabilities."""
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(0)
env = gym.make("Pendulum-v1")
mu = nn.Sequential(nn.Linear(3, 64), nn.Tanh(), nn.Linear(64, 1))
value = nn.Sequential(nn.Linear(3, 64), nn.Tanh(), nn.Linear(64, 1))
pi_opt = torch.optim.Adam(mu.parameters(), lr=3e-4)
v_opt = torch.optim.Adam(value.parameters(), lr=1e-3)


def episode(seed):
    obs, _ = env.reset(seed=seed)
    logps, values, rews = [], [], []
    done = False
    while not done:
        s = torch.as_tensor(obs)
        dist = Normal(mu(s), 0.3)
        a = dist.sample()
        logps.append(dist.log_prob(a).sum().detach())  # PLANTED
        values.append(value(s).squeeze())
        obs, r, term, trunc, _ = env.step(a.numpy())
        rews.append(float(r))
        done = term or trunc
    return torch.stack(logps), torch.stack(values), torch.tensor(rews)


for ep in range(500):
    logp, val, rew = episode(ep)
    ret = rew.flip(0).cumsum(0).flip(0)
    v_loss = nn.functional.mse_loss(val, ret)
    v_opt.zero_grad()
    v_loss.backward()
    v_opt.step()
    pi_loss = -(logp * (ret - val.detach())).mean().requires_grad_()
    pi_opt.zero_grad()
    pi_loss.backward()
    pi_opt.step()
    if ep % 10 == 0:
        print(ep, rew.sum().item(), v_loss.item())
