"""Deep Q-learning from random play in a corridor whose goal is at either end."""

import argparse
import random

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

LENGTH = 9


def observe(position, goal):
    state = torch.zeros(LENGTH + 2)
    state[position] = 1.0
    state[LENGTH + goal] = 1.0
    return state


def move(position, goal, action):
    position += 1 if action == 1 else -1
    if 0 < position < LENGTH - 1:
        return position, 0.0, False
    return position, (1.0 if position == goal * (LENGTH - 1) else -1.0), True


def random_play(episodes):
    memory = []
    for _ in range(episodes):
        position, goal, done = random.randrange(1, LENGTH - 1), random.randrange(2), False
        while not done:
            action = random.randrange(2)
            after, reward, done = move(position, goal, action)
            memory.append((observe(position, goal), action, reward, observe(after, goal), done))
            position = after
    states, actions, rewards, nexts, dones = zip(*memory, strict=True)
    return (
        torch.stack(states),
        torch.tensor(actions),
        torch.tensor(rewards),
        torch.stack(nexts),
        torch.tensor(dones, dtype=torch.float32),
    )


def greedy_return(q_net, max_moves=30):
    total, count = 0.0, 0
    for goal in (0, 1):
        for start in range(1, LENGTH - 1):
            position, done, moves, reward = start, False, 0, 0.0
            while not done and moves < max_moves:
                with torch.no_grad():
                    action = q_net(observe(position, goal)).argmax().item()
                position, reward, done = move(position, goal, action)
                moves += 1
            total += reward
            count += 1
    return total / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    hp = {"lr": 1e-3, "batch_size": 64, "updates": 700, "gamma": 0.9, "sync_every": 25}

    memory = random_play(300)
    q_net = nn.Sequential(nn.Linear(LENGTH + 2, 48), nn.ReLU(), nn.Linear(48, 2))
    target_net = nn.Sequential(nn.Linear(LENGTH + 2, 48), nn.ReLU(), nn.Linear(48, 2))
    target_net.load_state_dict(q_net.state_dict())
    optimizer = torch.optim.RMSprop(q_net.parameters(), lr=hp["lr"])
    monitor = Monitor(args.out, q_net, optimizer, hp, activations=True, judge=False)

    for update in range(1, hp["updates"] + 1):
        rows = torch.randint(0, len(memory[0]), (hp["batch_size"],))
        s, a, r, s2, done = (m[rows] for m in memory)
        with torch.no_grad():
            best = target_net(s2).max(dim=1).values
            target = r + hp["gamma"] * (1 - done) * best
        q = q_net(s).gather(1, a.unsqueeze(1))
        loss = (q - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if update % hp["sync_every"] == 0:
            target_net.load_state_dict(q_net.state_dict())

    monitor.close()
    print(f"score: {greedy_return(q_net):.4f}")


if __name__ == "__main__":
    main()
