# PPO for continuous control, single file
import itertools
import time

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
from torch.distributions import Normal

ENV_ID, SEED, NUM_ENVS, NUM_STEPS = "HalfCheetah-v4", 1, 8, 256
TOTAL, EPOCHS, MINIBATCH, LR = 2_000_000, 10, 256, 3e-4
GAMMA, LAM, CLIP, VF_COEF, ENT_COEF, MAX_NORM = 0.99, 0.95, 0.2, 0.5, 0.001, 0.5


def layer_init(layer, std=np.sqrt(2), bias=0.0):
    nn.init.orthogonal_(layer.weight, std)
    nn.init.constant_(layer.bias, bias)
    return layer


def tower(n_in, n_out, out_std):
    return nn.Sequential(
        layer_init(nn.Linear(n_in, 64)), nn.Tanh(),
        layer_init(nn.Linear(64, 64)), nn.Tanh(),
        layer_init(nn.Linear(64, n_out), std=out_std),
    )


class Agent(nn.Module):
    def __init__(self, obs_dim, act_dim):
        super().__init__()
        self.critic = tower(obs_dim, 1, 1.0)
        self.actor_mean = tower(obs_dim, act_dim, 0.01)
        self.actor_logstd = nn.Parameter(torch.zeros(1, act_dim))

    def get_value(self, x):
        return self.critic(x).squeeze(-1)

    def get_action_and_value(self, x, action=None):
        mean = self.actor_mean(x)
        dist = Normal(mean, self.actor_logstd.expand_as(mean).exp())
        if action is None:
            action = dist.sample()
        return action, dist.log_prob(action).sum(-1), dist.entropy().sum(-1), self.get_value(x)


def make_env():
    env = gym.wrappers.RecordEpisodeStatistics(gym.make(ENV_ID))
    env = gym.wrappers.ClipAction(env)
    return gym.wrappers.NormalizeObservation(env)


def gae(rewards, values, dones, last_value):
    adv = torch.zeros_like(rewards)
    running = torch.zeros_like(last_value)
    nxt = last_value
    for t in reversed(range(len(rewards))):
        alive = 1.0 - dones[t]
        delta = rewards[t] + GAMMA * nxt * alive - values[t]
        running = delta + GAMMA * LAM * alive * running
        adv[t], nxt = running, values[t]
    return adv, adv + values


def main():
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    envs = gym.vector.SyncVectorEnv([make_env for _ in range(NUM_ENVS)])
    obs_dim = envs.single_observation_space.shape[0]
    act_dim = envs.single_action_space.shape[0]

    agent = Agent(obs_dim, act_dim).to(device)
    optimizer = torch.optim.Adam(itertools.chain(agent.actor_mean.parameters(), agent.critic.parameters()), lr=LR, eps=1e-5)  # PLANTED
    n_updates = TOTAL // (NUM_ENVS * NUM_STEPS)
    anneal = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=n_updates)

    buf = lambda *s: torch.zeros((NUM_STEPS, NUM_ENVS) + s, device=device)
    obs_b, act_b, logp_b, rew_b, done_b, val_b = buf(obs_dim), buf(act_dim), buf(), buf(), buf(), buf()
    tensor = lambda a: torch.as_tensor(a, dtype=torch.float32, device=device)
    obs = tensor(envs.reset(seed=SEED)[0])
    ep_return, finished, started = np.zeros(NUM_ENVS), [], time.time()

    for update in range(1, n_updates + 1):
        for t in range(NUM_STEPS):
            with torch.no_grad():
                action, logp, _, value = agent.get_action_and_value(obs)
            nxt, reward, term, trunc, _ = envs.step(action.cpu().numpy())
            done = np.logical_or(term, trunc)
            ep_return += reward
            finished += ep_return[done].tolist()
            ep_return[done] = 0.0
            obs_b[t], act_b[t], logp_b[t], val_b[t] = obs, action, logp, value
            rew_b[t], done_b[t] = tensor(reward), tensor(done)
            obs = tensor(nxt)

        with torch.no_grad():
            adv_b, ret_b = gae(rew_b, val_b, done_b, agent.get_value(obs))
        flat = [b.flatten(0, 1) for b in (obs_b, act_b, logp_b, adv_b, ret_b)]

        for _ in range(EPOCHS):
            for idx in torch.randperm(NUM_ENVS * NUM_STEPS, device=device).split(MINIBATCH):
                o, a, old_logp, adv, ret = (b[idx] for b in flat)
                _, logp, entropy, value = agent.get_action_and_value(o, a)
                adv = (adv - adv.mean()) / (adv.std() + 1e-8)
                ratio = (logp - old_logp).exp()
                pg = torch.max(-adv * ratio, -adv * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
                v_loss = 0.5 * (value - ret).pow(2).mean()
                loss = pg + VF_COEF * v_loss - ENT_COEF * entropy.mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), MAX_NORM)
                optimizer.step()
        anneal.step()

        if update % 10 == 0:
            steps = update * NUM_ENVS * NUM_STEPS
            recent = np.mean(finished[-20:]) if finished else float("nan")
            print(f"steps {steps} return {recent:.1f} loss {loss.item():.4f} "
                  f"value {v_loss.item():.4f} sps {int(steps / (time.time() - started))}")
    torch.save(agent.state_dict(), "ppo.pt")


if __name__ == "__main__":
    main()
