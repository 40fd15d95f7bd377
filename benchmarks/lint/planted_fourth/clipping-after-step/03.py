"""Soft actor-critic for continuous control."""
import copy
from collections import namedtuple

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

Batch = namedtuple("Batch", "s a r s2 d")


def mlp(i, o, h=256):
    return nn.Sequential(nn.Linear(i, h), nn.ReLU(), nn.Linear(h, h), nn.ReLU(), nn.Linear(h, o))


class Replay:
    def __init__(self, cap, s_dim, a_dim, seed):
        self.data = Batch(*(np.zeros((cap, n), np.float32) for n in (s_dim, a_dim, 1, s_dim, 1)))
        self.cap, self.n, self.i = cap, 0, 0
        self.rng = np.random.default_rng(seed)

    def add(self, *row):
        for buf, v in zip(self.data, row):
            buf[self.i] = v
        self.i, self.n = (self.i + 1) % self.cap, min(self.n + 1, self.cap)

    def sample(self, k, device):
        idx = self.rng.integers(self.n, size=k)
        return Batch(*(torch.from_numpy(b[idx]).to(device) for b in self.data))


class SAC:
    def __init__(self, s_dim, a_dim, device, lr=3e-4, gamma=0.99, tau=0.005, max_norm=10.0):
        self.device, self.gamma, self.tau, self.max_norm = device, gamma, tau, max_norm
        self.pi = mlp(s_dim, 2 * a_dim).to(device)
        self.q1, self.q2 = mlp(s_dim + a_dim, 1).to(device), mlp(s_dim + a_dim, 1).to(device)
        self.q1_t, self.q2_t = (copy.deepcopy(q).requires_grad_(False) for q in (self.q1, self.q2))
        self.log_alpha = torch.zeros((), device=device, requires_grad=True)
        self.q_params = [*self.q1.parameters(), *self.q2.parameters()]
        self.pi_params = list(self.pi.parameters())
        self.q_opt = torch.optim.Adam(self.q_params, lr=lr)
        self.pi_opt = torch.optim.Adam(self.pi_params, lr=lr)
        self.alpha_opt = torch.optim.Adam([self.log_alpha], lr=lr)
        self.target_entropy = -float(a_dim)

    def act(self, s, deterministic=False):
        mu, log_std = self.pi(s).chunk(2, -1)
        dist = torch.distributions.Normal(mu, log_std.clamp(-20, 2).exp())
        u = mu if deterministic else dist.rsample()
        logp = (dist.log_prob(u) - 2 * (np.log(2) - u - F.softplus(-2 * u))).sum(-1, keepdim=True)
        return torch.tanh(u), logp

    def q_loss(self, b):
        with torch.no_grad():
            a2, logp2 = self.act(b.s2)
            x2 = torch.cat([b.s2, a2], -1)
            soft = torch.min(self.q1_t(x2), self.q2_t(x2)) - self.log_alpha.exp() * logp2
            y = b.r + self.gamma * (1 - b.d) * soft
        x = torch.cat([b.s, b.a], -1)
        return F.mse_loss(self.q1(x), y) + F.mse_loss(self.q2(x), y)

    def pi_loss(self, b):
        a, logp = self.act(b.s)
        x = torch.cat([b.s, a], -1)
        loss = (self.log_alpha.exp().detach() * logp - torch.min(self.q1(x), self.q2(x))).mean()
        return loss, logp.detach()

    @staticmethod
    def minimise(opt, loss):
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        return loss.detach()

    def bounded(self, opt, loss, params):
        value = self.minimise(opt, loss)
        nn.utils.clip_grad_norm_(params, self.max_norm)  # PLANTED
        return value

    def update(self, b):
        ql = self.bounded(self.q_opt, self.q_loss(b), self.q_params)
        loss, logp = self.pi_loss(b)
        pl = self.bounded(self.pi_opt, loss, self.pi_params)
        self.minimise(self.alpha_opt, -(self.log_alpha * (logp + self.target_entropy)).mean())
        with torch.no_grad():
            for net, tgt in ((self.q1, self.q1_t), (self.q2, self.q2_t)):
                for p, t in zip(net.parameters(), tgt.parameters()):
                    t.lerp_(p, self.tau)
        return ql, pl


@torch.no_grad()
def evaluate(agent, name, episodes=5):
    env, total = gym.make(name), 0.0
    for ep in range(episodes):
        s, _ = env.reset(seed=1000 + ep)
        over = False
        while not over:
            a, _ = agent.act(torch.as_tensor(s, dtype=torch.float32, device=agent.device), deterministic=True)
            s, r, term, trunc, _ = env.step(a.cpu().numpy() * env.action_space.high)
            total, over = total + r, term or trunc
    return total / episodes


def main(name="Pendulum-v1", steps=30_000, start=1000, batch=256, seed=0):
    torch.manual_seed(seed)
    np.random.seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    env = gym.make(name)
    env.action_space.seed(seed)
    s_dim, a_dim = env.observation_space.shape[0], env.action_space.shape[0]
    agent, replay = SAC(s_dim, a_dim, device), Replay(steps, s_dim, a_dim, seed)
    s, _ = env.reset(seed=seed)
    for t in range(1, steps + 1):
        if t <= start:
            a = env.action_space.sample() / env.action_space.high
        else:
            with torch.no_grad():
                a = agent.act(torch.as_tensor(s, dtype=torch.float32, device=device))[0].cpu().numpy()
        s2, r, term, trunc, _ = env.step(a * env.action_space.high)
        replay.add(s, a, r, s2, float(term))
        s = env.reset()[0] if term or trunc else s2
        if t > start:
            ql, pl = agent.update(replay.sample(batch, device))
            if t % 1000 == 0:
                print(f"{t} q {ql.item():.3f} pi {pl.item():.3f} return {evaluate(agent, name):.1f}")
    torch.save(agent.pi.state_dict(), "sac_pi.pt")


if __name__ == "__main__":
    main()
