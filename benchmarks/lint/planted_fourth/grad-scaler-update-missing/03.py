import copy
from collections import deque
import random

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def mlp(sizes, out_act=None):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    if out_act is not None:
        layers.append(out_act)
    return nn.Sequential(*layers)


class ReplayBuffer:
    def __init__(self, size):
        self.storage = deque(maxlen=size)

    def add(self, *transition):
        self.storage.append(transition)

    def sample(self, n, device):
        cols = zip(*random.sample(self.storage, n))
        return [torch.as_tensor(np.array(c), dtype=torch.float32, device=device) for c in cols]


class TD3:
    def __init__(self, obsDim, actDim, maxAction, device="cuda"):
        self.device, self.maxAction = device, maxAction
        self.actor = mlp([obsDim, 256, 256, actDim], nn.Tanh()).to(device)
        self.critic1 = mlp([obsDim + actDim, 256, 256, 1]).to(device)
        self.critic2 = mlp([obsDim + actDim, 256, 256, 1]).to(device)
        self.actorTarget, self.critic1Target, self.critic2Target = (
            copy.deepcopy(m).requires_grad_(False) for m in (self.actor, self.critic1, self.critic2))
        self.actorOpt = torch.optim.Adam(self.actor.parameters(), lr=3e-4)
        self.criticOpt = torch.optim.Adam([*self.critic1.parameters(), *self.critic2.parameters()], lr=3e-4)
        self.actorScaler = torch.amp.GradScaler("cuda")
        self.criticScaler = torch.amp.GradScaler("cuda")
        self.gamma, self.tau, self.policyDelay, self.updates = 0.99, 0.005, 2, 0

    @torch.no_grad()
    def act(self, obs, noise=0.1):
        obs = torch.as_tensor(obs, dtype=torch.float32, device=self.device)
        a = self.actor(obs).cpu().numpy()
        a = a + noise * np.random.randn(*a.shape)
        return (np.clip(a, -1, 1) * self.maxAction).astype(np.float32)

    def update(self, batch):
        obs, act, rew, nextObs, done = batch
        act = act / self.maxAction
        with torch.no_grad():
            eps = (0.2 * torch.randn_like(act)).clamp(-0.5, 0.5)
            nextAct = (self.actorTarget(nextObs) + eps).clamp(-1, 1)
            sa = torch.cat([nextObs, nextAct], 1)
            q = torch.min(self.critic1Target(sa), self.critic2Target(sa)).squeeze(1)
            target = rew + self.gamma * (1 - done) * q

        with torch.autocast("cuda", dtype=torch.float16):
            sa = torch.cat([obs, act], 1)
            q1, q2 = self.critic1(sa).squeeze(1), self.critic2(sa).squeeze(1)
            criticLoss = F.mse_loss(q1.float(), target) + F.mse_loss(q2.float(), target)
        self.criticOpt.zero_grad()
        self.criticScaler.scale(criticLoss).backward()
        self.criticScaler.step(self.criticOpt)
        self.criticScaler.update()

        self.updates += 1
        if self.updates % self.policyDelay == 0:
            with torch.autocast("cuda", dtype=torch.float16):
                actorLoss = -self.critic1(torch.cat([obs, self.actor(obs)], 1)).float().mean()
            self.actorOpt.zero_grad()
            self.actorScaler.scale(actorLoss).backward()
            self.actorScaler.step(self.actorOpt)  # PLANTED
            self.softUpdate()
        return criticLoss.detach()

    @torch.no_grad()
    def softUpdate(self):
        pairs = ((self.actor, self.actorTarget), (self.critic1, self.critic1Target),
                 (self.critic2, self.critic2Target))
        for net, target in pairs:
            for p, tp in zip(net.parameters(), target.parameters()):
                tp.lerp_(p, self.tau)


def evaluate(agent, env, episodes=5):
    total = 0.0
    for ep in range(episodes):
        obs, _ = env.reset(seed=1000 + ep)
        over = False
        while not over:
            obs, r, term, trunc, _ = env.step(agent.act(obs, noise=0.0))
            total += r
            over = term or trunc
    return total / episodes


if __name__ == "__main__":
    SEED = 4
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    env, evalEnv = gym.make("HalfCheetah-v4"), gym.make("HalfCheetah-v4")
    env.action_space.seed(SEED)
    agent = TD3(env.observation_space.shape[0], env.action_space.shape[0], float(env.action_space.high[0]))
    buffer = ReplayBuffer(1_000_000)
    obs, _ = env.reset(seed=SEED)
    for t in range(1_000_000):
        action = env.action_space.sample() if t < 25_000 else agent.act(obs)
        nextObs, reward, term, trunc, _ = env.step(action)
        buffer.add(obs, action, reward, nextObs, float(term))
        obs = env.reset()[0] if term or trunc else nextObs
        if t >= 25_000:
            loss = agent.update(buffer.sample(256, agent.device))
            if t % 5000 == 0:
                print(f"step {t} critic loss {loss.item():.3f} return {evaluate(agent, evalEnv):.1f}")
    torch.save(agent.actor.state_dict(), "td3_actor.pt")
