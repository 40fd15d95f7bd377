"""Double DQN on LunarLander with a slowly moving target network."""
import copy
import random
from collections import deque, namedtuple

import gymnasium as gym
import numpy as np
import torch
from torch import nn, optim

Transition = namedtuple("Transition", "state action reward nextState terminal")


class Memory:
    def __init__(self, capacity):
        self.buffer = deque(maxlen=capacity)

    def __len__(self):
        return len(self.buffer)

    def push(self, *args):
        self.buffer.append(Transition(*args))

    def sample(self, n, device):
        b = Transition(*zip(*random.sample(self.buffer, n)))
        f = lambda v: torch.as_tensor(np.asarray(v), dtype=torch.float32, device=device)
        return f(b.state), torch.as_tensor(b.action, device=device), f(b.reward), f(b.nextState), f(b.terminal)


class QNet(nn.Module):
    def __init__(self, nObs, nAct, hidden=128):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(nObs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.value = nn.Linear(hidden, 1)
        self.advantage = nn.Linear(hidden, nAct)

    def forward(self, x):
        h = self.layers(x)
        a = self.advantage(h)
        return self.value(h) + a - a.mean(-1, keepdim=True)


class TargetMixin:
    tau = 0.005

    def buildTarget(self, net):
        self.target = copy.deepcopy(net)

    def trackTarget(self, net):
        for slow, fast in zip(self.target.parameters(), net.parameters()):
            slow.mul_(1.0 - self.tau).add_(fast.detach(), alpha=self.tau)  # PLANTED


class Agent(TargetMixin):
    def __init__(self, nObs, nAct, device, gamma=0.99, lr=5e-4):
        self.device, self.nAct, self.gamma = device, nAct, gamma
        self.online = QNet(nObs, nAct).to(device)
        self.buildTarget(self.online)
        self.optimizer = optim.Adam(self.online.parameters(), lr=lr)
        self.lossFn = nn.SmoothL1Loss()

    @torch.no_grad()
    def act(self, state, epsilon):
        if random.random() < epsilon:
            return random.randrange(self.nAct)
        s = torch.as_tensor(state, dtype=torch.float32, device=self.device)
        return int(self.online(s.unsqueeze(0)).argmax(1))

    def learn(self, batch):
        s, a, r, s2, terminal = batch
        with torch.no_grad():
            best = self.online(s2).argmax(1, keepdim=True)
            y = r + self.gamma * (1 - terminal) * self.target(s2).gather(1, best).squeeze(1)
        q = self.online(s).gather(1, a.unsqueeze(1)).squeeze(1)
        loss = self.lossFn(q, y)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.online.parameters(), 10.0)
        self.optimizer.step()
        self.trackTarget(self.online)
        return loss.detach()


def greedyReturn(agent, env, episodes=5):
    total = 0.0
    for k in range(episodes):
        state, _ = env.reset(seed=500 + k)
        over = False
        while not over:
            state, reward, terminated, truncated, _ = env.step(agent.act(state, 0.0))
            total += reward
            over = terminated or truncated
    return total / episodes


def main(seed=14, episodes=800, batchSize=128, warm=2000):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    env, evalEnv = gym.make("LunarLander-v2"), gym.make("LunarLander-v2")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    agent = Agent(env.observation_space.shape[0], env.action_space.n, device)
    memory, epsilon = Memory(100_000), 1.0
    for episode in range(episodes):
        state, _ = env.reset(seed=seed if episode == 0 else None)
        losses, over = [], False
        while not over:
            action = agent.act(state, epsilon)
            nextState, reward, terminated, truncated, _ = env.step(action)
            memory.push(state, action, reward, nextState, float(terminated))
            state, over = nextState, terminated or truncated
            if len(memory) >= warm:
                losses.append(agent.learn(memory.sample(batchSize, device)))
        epsilon = max(0.02, epsilon * 0.99)
        if losses and episode % 20 == 0:
            print(f"episode {episode} loss {torch.stack(losses).mean().item():.4f} "
                  f"return {greedyReturn(agent, evalEnv):.1f}")
    torch.save(agent.online.state_dict(), "ddqn_lander.pt")


if __name__ == "__main__":
    main()
