import argparse
import copy
import random

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

SIZE = 5
GOAL, PIT = (4, 4), (2, 2)
MOVES = [(0, 1), (0, -1), (1, 0), (-1, 0)]


class Grid:
    def reset(self):
        free = [(r, c) for r in range(SIZE) for c in range(SIZE) if (r, c) not in (GOAL, PIT)]
        self.pos = random.choice(free)
        self.t = 0
        return self.observe()

    def observe(self):
        state = torch.zeros(SIZE * SIZE)
        state[self.pos[0] * SIZE + self.pos[1]] = 1.0
        return state

    def step(self, action):
        dr, dc = MOVES[action]
        self.pos = (min(max(self.pos[0] + dr, 0), 4), min(max(self.pos[1] + dc, 0), 4))
        self.t += 1
        reward = 1.0 if self.pos == GOAL else -1.0 if self.pos == PIT else -0.02
        return self.observe(), reward, self.pos in (GOAL, PIT)


def sample(memory, n):
    s, a, r, s2, d = zip(*random.sample(memory, n), strict=True)
    return (
        torch.stack(s),
        torch.tensor(a).unsqueeze(1),
        torch.tensor(r).unsqueeze(1),
        torch.stack(s2),
        torch.tensor(d, dtype=torch.float32).unsqueeze(1),
    )


def q_update(net, target_net, optimizer, batch, gamma):
    s, a, r, s2, d = batch
    q = net(s).gather(1, a).squeeze(1)
    with torch.no_grad():
        best_next = target_net(s2).max(dim=1).values
        target = r + gamma * (1 - d) * best_next
    loss = ((q - target) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def success_rate(net, env, episodes=40):
    wins = 0
    for _ in range(episodes):
        s, done, reward = env.reset(), False, 0.0
        while not done and env.t < 20:
            with torch.no_grad():
                s, reward, done = env.step(int(net(s).argmax()))
        wins += reward == 1.0
    return wins / episodes


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    net = nn.Sequential(nn.Linear(SIZE * SIZE, 64), nn.ReLU(), nn.Linear(64, 4))
    target_net = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    config = {"lr": 3e-3, "batch_size": 64, "gamma": 0.95}
    monitor = Monitor(args.out, net, optimizer, config, activations=True, judge=False)
    env, memory, updates, episode_return = Grid(), [], 0, 0.0
    s = env.reset()
    for t in range(2400):
        explore = random.random() < max(0.1, 1 - t / 1500)
        a = random.randrange(4) if explore else int(net(s).argmax())
        s2, r, done = env.step(a)
        memory.append((s, a, r, s2, float(done)))
        episode_return += r
        s = s2
        if done or env.t >= 30:
            s, last_return, episode_return = env.reset(), episode_return, 0.0
        if t >= 200 and t % 4 == 0:
            loss = q_update(net, target_net, optimizer, sample(memory, 64), config["gamma"])
            monitor.step(loss, episode_return=last_return)
            updates += 1
            if updates % 50 == 0:
                target_net.load_state_dict(net.state_dict())
    monitor.close()
    print(f"score: {success_rate(net, env, 200):.4f}")
