import argparse
import random
from collections import deque, namedtuple

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Transition = namedtuple("Transition", "obs action reward next_obs terminal")


class ReplayBuffer:
    def __init__(self, capacity):
        self.memory = deque(maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, n, device):
        batch = Transition(*zip(*random.sample(self.memory, n)))
        obs = torch.as_tensor(np.stack(batch.obs), dtype=torch.float32, device=device)
        action = torch.as_tensor(batch.action, dtype=torch.int64, device=device)
        reward = torch.as_tensor(batch.reward, dtype=torch.float32, device=device)
        next_obs = torch.as_tensor(np.stack(batch.next_obs), dtype=torch.float32, device=device)
        terminal = torch.as_tensor(batch.terminal, dtype=torch.float32, device=device)
        return obs, action, reward, next_obs, terminal

    def __len__(self):
        return len(self.memory)


def q_network(obs_dim, n_actions):
    return nn.Sequential(nn.Linear(obs_dim, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
                         nn.Linear(128, n_actions))


def update(q, q_target, optimizer, batch, gamma):
    obs, action, reward, next_obs, terminal = batch
    with torch.no_grad():
        best = q(next_obs).argmax(1, keepdim=True)
        target = reward + gamma * (1 - terminal) * q_target(next_obs).gather(1, best).squeeze(1)
    value = q(obs).gather(1, action.unsqueeze(1)).squeeze(1)
    loss = F.smooth_l1_loss(value, target)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(q.parameters(), 10.0)
    optimizer.step()
    return loss


def epsilon_at(step, start=1.0, end=0.05, decay=20_000):
    return max(end, start - (start - end) * step / decay)


def play(env, q, device, episodes=10):
    q.eval()
    scores = []
    for k in range(episodes):
        obs, _ = env.reset(seed=500 + k)
        done, score = False, 0.0
        while not done:
            with torch.no_grad():
                action = int(q(torch.as_tensor(obs, dtype=torch.float32, device=device)).argmax())
            obs, reward, terminated, truncated, _ = env.step(action)
            score += float(reward)
            done = terminated or truncated
        scores.append(score)
    return float(np.mean(scores))


def train(args):
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    env = gym.make(args.env)
    env.action_space.seed(args.seed)
    obs_dim, n_actions = env.observation_space.shape[0], int(env.action_space.n)

    q, q_target = q_network(obs_dim, n_actions).to(device), q_network(obs_dim, n_actions).to(device)
    q_target.load_state_dict(q.state_dict())
    optimizer = torch.optim.Adam(q.parameters(), lr=args.lr)
    buffer = ReplayBuffer(args.buffer)

    obs, _ = env.reset(seed=args.seed)
    step = 0
    while step < args.total_steps:  # PLANTED
        if random.random() < epsilon_at(step):
            action = int(env.action_space.sample())
        else:
            with torch.no_grad():
                action = int(q(torch.as_tensor(obs, dtype=torch.float32, device=device)).argmax())
        next_obs, reward, terminated, truncated, _ = env.step(action)
        buffer.push(obs, action, float(reward), next_obs, terminated)
        obs = env.reset()[0] if terminated or truncated else next_obs

        if len(buffer) >= args.learning_starts and step % args.train_freq == 0:
            update(q, q_target, optimizer, buffer.sample(args.batch_size, device), args.gamma)
        if step % args.target_freq == 0:
            q_target.load_state_dict(q.state_dict())
        step += 1

    torch.save(q.state_dict(), args.save_path)
    print(f"saved {args.save_path}, mean greedy return {play(gym.make(args.env), q, device):.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Double DQN")
    parser.add_argument("--env", default="CartPole-v1")
    parser.add_argument("--save-path", default="ddqn.pt")
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--gamma", type=float, default=0.99)
    for name, default in [("total-steps", 100_000), ("buffer", 50_000), ("batch-size", 128), ("seed", 4),
                          ("learning-starts", 1_000), ("train-freq", 4), ("target-freq", 500)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    train(parser.parse_args())
