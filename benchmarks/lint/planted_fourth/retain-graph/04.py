import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

GAMMA, TAU, NOISE = 0.99, 0.005, 0.1


def mlp(sizes, last=None):
    layers = []
    for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers)


class Optim:
    """A network together with its optimizer."""

    def __init__(self, net, lr, max_norm=10.0):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=lr)
        self.max_norm = max_norm

    def minimise(self, objective):
        self.opt.zero_grad(set_to_none=True)
        objective.backward(retain_graph=True)  # PLANTED
        nn.utils.clip_grad_norm_(self.net.parameters(), self.max_norm)
        self.opt.step()


class Replay:
    def __init__(self, capacity):
        self.buf = deque(maxlen=capacity)

    def push(self, *row):
        self.buf.append(row)

    def sample(self, n, device):
        cols = zip(*random.sample(self.buf, n))
        return [torch.as_tensor(np.stack(c), dtype=torch.float32, device=device) for c in cols]

    def __len__(self):
        return len(self.buf)


class DDPG:
    def __init__(self, obs_dim, act_dim, bound, device):
        self.device, self.bound, self.act_dim = device, bound, act_dim
        make_pi = lambda: mlp([obs_dim, 256, 256, act_dim], nn.Tanh()).to(device)
        make_q = lambda: mlp([obs_dim + act_dim, 256, 256, 1]).to(device)
        self.pi, self.pi_target = make_pi(), make_pi()
        self.q, self.q_target = make_q(), make_q()
        self.pi_target.load_state_dict(self.pi.state_dict())
        self.q_target.load_state_dict(self.q.state_dict())
        self.pi_optim, self.q_optim = Optim(self.pi, 1e-4), Optim(self.q, 1e-3)

    def act(self, obs, noise=NOISE):
        with torch.no_grad():
            a = self.pi(torch.as_tensor(obs, dtype=torch.float32, device=self.device)).cpu().numpy()
        a = a + noise * np.random.randn(self.act_dim)
        return np.clip(a, -1, 1) * self.bound

    def learn(self, batch):
        s, a, r, s2, done = batch
        with torch.no_grad():
            nxt = self.q_target(torch.cat([s2, self.pi_target(s2)], -1)).squeeze(-1)
            y = r + GAMMA * (1 - done) * nxt
        q_loss = F.mse_loss(self.q(torch.cat([s, a / self.bound], -1)).squeeze(-1), y)
        self.q_optim.minimise(q_loss)

        pi_loss = -self.q(torch.cat([s, self.pi(s)], -1)).mean()
        self.pi_optim.minimise(pi_loss)

        with torch.no_grad():
            for net, tgt in ((self.pi, self.pi_target), (self.q, self.q_target)):
                for p, t in zip(net.parameters(), tgt.parameters()):
                    t.lerp_(p, TAU)
        return q_loss.detach(), pi_loss.detach()


def evaluate(agent, episodes=5):
    env = gym.make("Pendulum-v1")
    scores = []
    for k in range(episodes):
        obs, _ = env.reset(seed=1000 + k)
        total, over = 0.0, False
        while not over:
            obs, r, term, trunc, _ = env.step(agent.act(obs, noise=0.0))
            total, over = total + r, term or trunc
        scores.append(total)
    return float(np.mean(scores))


def main(steps=60_000, warm=1_000, batch=128, seed=5):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    env = gym.make("Pendulum-v1")
    env.action_space.seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    agent = DDPG(env.observation_space.shape[0], env.action_space.shape[0], float(env.action_space.high[0]), device)
    memory = Replay(100_000)
    obs, _ = env.reset(seed=seed)
    for t in range(1, steps + 1):
        action = env.action_space.sample() if t <= warm else agent.act(obs)
        nxt, reward, term, trunc, _ = env.step(action)
        memory.push(obs, action, np.float32(reward), nxt, np.float32(term))
        obs = env.reset()[0] if term or trunc else nxt
        if t > warm:
            q_loss, pi_loss = agent.learn(memory.sample(batch, device))
            if t % 2_000 == 0:
                print(f"{t} q {q_loss.item():.4f} pi {pi_loss.item():.4f} return {evaluate(agent):.1f}")
    torch.save(agent.pi.state_dict(), "ddpg_pi.pt")


if __name__ == "__main__":
    main()
