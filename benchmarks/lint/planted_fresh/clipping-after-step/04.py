"""PPO for continuous control; a function makes the update and tells the size of the gradients."""

import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Normal

from rollouts import collect, gae

torch.manual_seed(3)
envs = gym.make_vec("HalfCheetah-v5", num_envs=8)


def mlp(outputs):
    return nn.Sequential(
        nn.Linear(17, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs)
    )


mean_net, value_net = mlp(6), mlp(1)
log_std = nn.Parameter(torch.full((6,), -0.5))
weights = [*mean_net.parameters(), *value_net.parameters(), log_std]
optimizer = torch.optim.Adam(weights, lr=3e-4, eps=1e-5)


def log_prob(obs, act):
    return Normal(mean_net(obs), log_std.exp()).log_prob(act).sum(-1)


def improve(obs, act, old_logp, adv, ret, clip=0.2):
    ratio = (log_prob(obs, act) - old_logp).exp()
    gain = torch.minimum(ratio * adv, ratio.clamp(1 - clip, 1 + clip) * adv).mean()
    value_loss = (value_net(obs).squeeze(-1) - ret).square().mean()
    optimizer.zero_grad()
    (0.5 * value_loss - gain).backward()
    optimizer.step()
    size = nn.utils.clip_grad_norm_(weights, max_norm=0.5)  # PLANTED
    return value_loss.detach(), size


obs, _ = envs.reset(seed=3)
for iteration in range(500):
    with torch.no_grad():
        batch, obs, score = collect(envs, obs, mean_net, log_std, steps=256)
        old_logp = log_prob(batch.obs, batch.act)
        adv, ret = gae(batch, value_net, gamma=0.99, lam=0.95)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(10):
        for pick in torch.randperm(len(adv)).split(256):
            value_loss, size = improve(
                batch.obs[pick], batch.act[pick], old_logp[pick], adv[pick], ret[pick]
            )
    print(f"{iteration} return {score:.0f} value {value_loss.item():.3f} grad {size.item():.2f}")
