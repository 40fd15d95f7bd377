"""REINFORCE on LunarLander with a policy that outputs action probabilities."""
import argparse
from collections import deque

import gymnasium as gym
import numpy as np
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, obs_dim, n_actions, hidden=128):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(obs_dim, hidden), nn.Tanh(),
            nn.Linear(hidden, hidden), nn.Tanh(),
        )
        self.action_head = nn.Linear(hidden, n_actions)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, obs):
        return self.softmax(self.action_head(self.body(obs)))


class ReinforceAgent:
    def __init__(self, obs_dim, n_actions, lr, gamma):
        self.policy = Policy(obs_dim, n_actions)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=lr)
        self.gamma = gamma

    @torch.no_grad()
    def act(self, obs):
        probs = self.policy(torch.as_tensor(obs, dtype=torch.float32))
        return int(torch.multinomial(probs, 1))

    @torch.no_grad()
    def greedy(self, obs):
        return int(self.policy(torch.as_tensor(obs, dtype=torch.float32)).argmax())

    def returns(self, rewards):
        out, g = [], 0.0
        for r in reversed(rewards):
            g = r + self.gamma * g
            out.append(g)
        out = torch.tensor(out[::-1], dtype=torch.float32)
        return (out - out.mean()) / (out.std() + 1e-8)

    def learn(self, episodes):
        obs = torch.as_tensor(np.concatenate([e["obs"] for e in episodes]), dtype=torch.float32)
        actions = torch.as_tensor(np.concatenate([e["actions"] for e in episodes]), dtype=torch.int64)
        advantages = torch.cat([self.returns(e["rewards"]) for e in episodes])

        action_probs = self.policy(obs)
        chosen = action_probs.gather(1, actions.unsqueeze(1)).squeeze(1)
        loss = -(chosen.log() * advantages).mean()  # PLANTED

        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), 0.5)
        self.optimizer.step()
        return loss.item()


def rollout(env, choose, seed=None):
    obs, _ = env.reset(seed=seed)
    episode = {"obs": [], "actions": [], "rewards": []}
    done = False
    while not done:
        action = choose(obs)
        nxt, reward, terminated, truncated, _ = env.step(action)
        episode["obs"].append(obs)
        episode["actions"].append(action)
        episode["rewards"].append(float(reward))
        obs, done = nxt, terminated or truncated
    episode["obs"] = np.stack(episode["obs"])
    episode["actions"] = np.array(episode["actions"])
    return episode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--env", default="LunarLander-v2")
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--episodes-per-iter", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--gamma", type=float, default=0.99)
    parser.add_argument("--seed", type=int, default=17)
    args = parser.parse_args()

    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    env, test_env = gym.make(args.env), gym.make(args.env)
    env.reset(seed=args.seed)

    agent = ReinforceAgent(env.observation_space.shape[0], env.action_space.n, args.lr, args.gamma)
    recent = deque(maxlen=100)
    for it in range(args.iterations):
        episodes = [rollout(env, agent.act) for _ in range(args.episodes_per_iter)]
        recent.extend(sum(e["rewards"]) for e in episodes)
        loss = agent.learn(episodes)
        if it % 10 == 0:
            print(f"iter {it:4d} loss {loss:+.4f} mean return {np.mean(recent):.1f}")
        if it % 50 == 0:
            score = np.mean([sum(rollout(test_env, agent.greedy, seed=1000 + k)["rewards"]) for k in range(5)])
            print(f"iter {it:4d} greedy return {score:.1f}")
    torch.save(agent.policy.state_dict(), "reinforce.pt")


if __name__ == "__main__":
    main()
