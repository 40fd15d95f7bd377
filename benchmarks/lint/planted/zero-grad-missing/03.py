"""REINFORCE on CartPole."""
import gymnasium as gym
import torch as T
import torch.nn.functional as F
from torch.distributions import Categorical

T.manual_seed(543)
env = gym.make("CartPole-v1")


class Policy(T.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = T.nn.Linear(4, 128)
        self.fc2 = T.nn.Linear(128, 2)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


policy = Policy()
opt = T.optim.Adam(policy.parameters(), lr=1e-2)


def run_episode():
    obs, _ = env.reset(seed=543)
    log_probs, rewards, done = [], [], False
    while not done:
        dist = Categorical(logits=policy(T.as_tensor(obs, dtype=T.float32)))
        a = dist.sample()
        log_probs.append(dist.log_prob(a))
        obs, r, terminated, truncated, _ = env.step(int(a))
        rewards.append(r)
        done = terminated or truncated
    return log_probs, rewards


def returns(rewards, gamma=0.99):
    out, g = [], 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        out.insert(0, g)
    out = T.tensor(out)
    return (out - out.mean()) / (out.std() + 1e-8)


for episode in range(1000):
    lp, rew = run_episode()
    policy_loss = -(T.stack(lp) * returns(rew)).sum()
    policy_loss.backward()  # PLANTED
    opt.step()
    if episode % 10 == 0:
        print("episode", episode, "reward", sum(rew))
