"""PPO on CartPole with a vector environment."""
import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions import Categorical

N_ENVS, N_STEPS, TOTAL_UPDATES = 8, 128, 400
GAMMA, LAM, CLIP_EPS, VF_COEF, ENT_COEF = 0.99, 0.95, 0.2, 0.5, 0.01
LR, PPO_EPOCHS, MINIBATCH, MAX_NORM, SEED = 2.5e-4, 4, 256, 0.5, 1
device = torch.device("cpu")


class ActorCritic(nn.Module):
    def __init__(self, obs_dim, n_act):
        super().__init__()
        self.pi = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, n_act))
        self.v = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))

    def forward(self, obs):
        return Categorical(logits=self.pi(obs)), self.v(obs).squeeze(-1)


class RolloutBuffer:
    def __init__(self, obs_dim):
        shape = (N_STEPS, N_ENVS)
        self.obs = torch.zeros(*shape, obs_dim, device=device)
        self.act = torch.zeros(shape, dtype=torch.long, device=device)
        self.logp, self.rew, self.done, self.val = (torch.zeros(shape, device=device) for _ in range(4))

    def put(self, t, obs, act, logp, rew, done, val):
        self.obs[t], self.act[t], self.logp[t] = obs, act, logp
        self.rew[t], self.done[t], self.val[t] = rew, done, val

    def minibatches(self, net, last_obs):
        """Yield shuffled minibatches with GAE advantages, for every PPO epoch."""
        with torch.no_grad():
            _, next_val = net(last_obs)
            adv, gae = torch.zeros_like(self.rew), torch.zeros(N_ENVS, device=device)
            for t in reversed(range(N_STEPS)):
                alive = 1.0 - self.done[t]
                delta = self.rew[t] + GAMMA * next_val * alive - self.val[t]
                gae = delta + GAMMA * LAM * alive * gae
                adv[t], next_val = gae, self.val[t]
            ret = (adv + self.val).flatten()
            flat = (self.obs.flatten(0, 1), self.act.flatten(), self.logp.flatten(), adv.flatten(), ret)
            for _ in range(PPO_EPOCHS):
                for idx in torch.randperm(N_STEPS * N_ENVS, device=device).split(MINIBATCH):
                    yield tuple(x[idx] for x in flat)


def ppo_update(net, optimizer, buffer, last_obs):
    losses = []
    for obs, act, old_logp, adv, ret in buffer.minibatches(net, last_obs):
        dist, value = net(obs)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
        ratio = (dist.log_prob(act) - old_logp).exp()
        pg = -torch.min(ratio * adv, ratio.clamp(1 - CLIP_EPS, 1 + CLIP_EPS) * adv).mean()
        loss = pg + VF_COEF * (value - ret).pow(2).mean() - ENT_COEF * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()  # PLANTED
        nn.utils.clip_grad_norm_(net.parameters(), MAX_NORM)
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean()


@torch.no_grad()
def collect(net, envs, obs, buffer):
    for t in range(N_STEPS):
        dist, value = net(obs)
        act = dist.sample()
        nxt, rew, term, trunc, _ = envs.step(act.cpu().numpy())
        done = torch.as_tensor(term | trunc, dtype=torch.float32, device=device)
        buffer.put(t, obs, act, dist.log_prob(act), torch.as_tensor(rew, dtype=torch.float32), done, value)
        obs = torch.as_tensor(nxt, dtype=torch.float32, device=device)
    return obs


@torch.no_grad()
def evaluate(net, episodes=10):
    env = gym.make("CartPole-v1")
    returns = []
    for ep in range(episodes):
        obs, _ = env.reset(seed=10_000 + ep)
        total, over = 0.0, False
        while not over:
            dist, _ = net(torch.as_tensor(obs, dtype=torch.float32, device=device))
            obs, r, term, trunc, _ = env.step(int(dist.probs.argmax()))
            total, over = total + r, term or trunc
        returns.append(total)
    return float(np.mean(returns))


def main():
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    envs = gym.vector.SyncVectorEnv([lambda: gym.make("CartPole-v1") for _ in range(N_ENVS)])
    obs_dim, n_act = envs.single_observation_space.shape[0], envs.single_action_space.n
    net = ActorCritic(obs_dim, n_act).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR, eps=1e-5)
    buffer = RolloutBuffer(obs_dim)
    first, _ = envs.reset(seed=SEED)
    obs = torch.as_tensor(first, dtype=torch.float32, device=device)
    for update in range(TOTAL_UPDATES):
        obs = collect(net, envs, obs, buffer)
        loss = ppo_update(net, optimizer, buffer, obs)
        if update % 20 == 0:
            print(f"update {update} loss {loss.item():.3f} eval return {evaluate(net):.1f}")
    torch.save(net.state_dict(), "ppo_cartpole.pt")


if __name__ == "__main__":
    main()
