"""A2C for a single environment, one update a rollout."""
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, 64), nn.Tanh())
        self.pi = nn.Linear(64, n_act)
        self.v = nn.Linear(64, 1)

    def forward(self, obs):
        h = self.body(obs)
        return Categorical(logits=self.pi(h)), self.v(h).squeeze(-1)


def train(updates=2000, horizon=32, gamma=0.99):
    torch.manual_seed(0)
    env = gym.make("Acrobot-v1")
    net = ActorCritic(6, 3)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=7e-4)
    obs, _ = env.reset(seed=0)
    for update in range(updates):
        logps, values, rewards, ents = [], [], [], []
        for _ in range(horizon):
            dist, value = net(torch.as_tensor(obs))
            act = dist.sample()
            obs, rew, done, cut, _ = env.step(act.numpy())
            logps.append(dist.log_prob(act)), values.append(value), ents.append(dist.entropy())
            rewards.append(float(rew))
            if done or cut:
                obs, _ = env.reset()
        ret, rets = 0.0, []
        for r in reversed(rewards):
            ret = r + gamma * ret
            rets.insert(0, ret)
        adv = torch.tensor(rets) - torch.stack(values)
        loss = -(torch.stack(logps) * adv.detach()).mean() + 0.5 * adv.pow(2).mean() - 0.01 * torch.stack(ents).mean()
        optimizer.zero_grad()
        loss.backward()  # PLANTED
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        if update % 50 == 0:
            print(update, "reward", sum(rewards), "loss", loss.item())
