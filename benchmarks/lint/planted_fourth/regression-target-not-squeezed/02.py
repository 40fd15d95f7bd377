"""Deep Q-learning on LunarLander."""
import collections
import random

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Experience = collections.namedtuple("Experience", "state action reward next_state done")


class QNetwork(nn.Module):
    def __init__(self, state_size, action_size, hidden=128):
        super().__init__()
        self.fc1 = nn.Linear(state_size, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, action_size)

    def forward(self, state):
        x = F.relu(self.fc1(state))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class ReplayMemory:
    def __init__(self, capacity):
        self.memory = collections.deque(maxlen=capacity)

    def add(self, *args):
        self.memory.append(Experience(*args))

    def sample(self, batch_size):
        batch = Experience(*zip(*random.sample(self.memory, batch_size)))
        states = torch.tensor(np.stack(batch.state), dtype=torch.float32)
        actions = torch.tensor(batch.action, dtype=torch.int64)
        rewards = torch.tensor(batch.reward, dtype=torch.float32)
        next_states = torch.tensor(np.stack(batch.next_state), dtype=torch.float32)
        dones = torch.tensor(batch.done, dtype=torch.float32)
        return states, actions, rewards, next_states, dones

    def __len__(self):
        return len(self.memory)


class Agent:
    def __init__(self, state_size, action_size, gamma=0.99, lr=5e-4, batch_size=64, update_every=4, sync_every=1000):
        self.action_size = action_size
        self.gamma, self.batch_size = gamma, batch_size
        self.update_every, self.sync_every = update_every, sync_every
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.qnet = QNetwork(state_size, action_size).to(self.device)
        self.target = QNetwork(state_size, action_size).to(self.device)
        self.target.load_state_dict(self.qnet.state_dict())
        self.target.eval()
        self.optimizer = torch.optim.Adam(self.qnet.parameters(), lr=lr)
        self.memory = ReplayMemory(100_000)
        self.t = 0

    def act(self, state, eps):
        if random.random() < eps:
            return random.randrange(self.action_size)
        with torch.no_grad():
            q = self.qnet(torch.as_tensor(state, dtype=torch.float32, device=self.device).unsqueeze(0))
        return int(q.argmax(dim=1))

    def step(self, *transition):
        self.memory.add(*transition)
        self.t += 1
        loss = None
        if self.t % self.update_every == 0 and len(self.memory) >= 1000:
            loss = self.learn()
        if self.t % self.sync_every == 0:
            self.target.load_state_dict(self.qnet.state_dict())
        return loss

    def learn(self):
        states, actions, rewards, next_states, dones = (x.to(self.device) for x in self.memory.sample(self.batch_size))
        q_expected = self.qnet(states).gather(1, actions.unsqueeze(1))
        with torch.no_grad():
            q_next = self.target(next_states).max(dim=1).values
            q_target = rewards + self.gamma * q_next * (1 - dones)
        loss = F.smooth_l1_loss(q_expected, q_target)  # PLANTED
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(self.qnet.parameters(), 100)
        self.optimizer.step()
        return loss.detach()


def train(n_episodes=1500, eps_start=1.0, eps_end=0.02, eps_decay=0.995, seed=0):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    env = gym.make("LunarLander-v3")
    agent = Agent(env.observation_space.shape[0], env.action_space.n)
    scores = collections.deque(maxlen=100)
    eps, last_loss = eps_start, None
    for episode in range(1, n_episodes + 1):
        state, _ = env.reset(seed=seed + episode)
        score, finished = 0.0, False
        while not finished:
            action = agent.act(state, eps)
            next_state, reward, terminated, truncated, _ = env.step(action)
            loss = agent.step(state, action, reward, next_state, terminated)
            last_loss = loss if loss is not None else last_loss
            state = next_state
            score += float(reward)
            finished = terminated or truncated
        scores.append(score)
        eps = max(eps_end, eps_decay * eps)
        if episode % 50 == 0:
            shown = float("nan") if last_loss is None else last_loss.item()
            print(f"Episode {episode}\tAverage score {np.mean(scores):.2f}\teps {eps:.3f}\tloss {shown:.4f}")
    torch.save(agent.qnet.state_dict(), "dqn_lunar.pt")


if __name__ == "__main__":
    train()
