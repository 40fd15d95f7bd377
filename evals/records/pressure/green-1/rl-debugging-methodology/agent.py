"""Tabular Q-learning on each level: `python agent.py SEED` prints the share that is solved."""

import sys
from collections import defaultdict

import numpy as np
from rooms import MOVES, Rooms, read_levels

CONFIG = {"episodes": 300, "gamma": 0.97, "alpha": 0.5, "decay": 0.98}


class Agent:
    def __init__(self, rng, gamma, alpha):
        # No value exceeds 1: who starts there tries each move of each place until it knows better.
        self.values = defaultdict(lambda: np.ones(len(MOVES)))
        self.rng, self.gamma, self.alpha, self.epsilon = rng, gamma, alpha, 1.0

    def act(self, place, explore):
        if explore and self.rng.random() < self.epsilon:
            return int(self.rng.integers(len(MOVES)))
        values = self.values[place]
        return int(self.rng.choice(np.flatnonzero(values == values.max())))  # not always the first

    def learn(self, place, move, reward, after, done):
        target = reward + (0.0 if done else self.gamma * self.values[after].max())
        self.values[place][move] += self.alpha * (target - self.values[place][move])


def train(level, seed):
    """Return an agent that has played the level for CONFIG["episodes"] episodes."""
    env = Rooms(level)
    rng = np.random.default_rng(seed)
    agent = Agent(rng, CONFIG["gamma"], CONFIG["alpha"])
    for _ in range(CONFIG["episodes"]):
        place, done = env.reset(), False
        while not done:
            move = agent.act(place, explore=True)
            after, reward, terminated, truncated = env.step(move)
            done = terminated or truncated
            agent.learn(place, move, reward, after, terminated)  # out of time is no end of the room
            place = after
        agent.epsilon *= CONFIG["decay"]
    return agent


def solved(agent, level):
    """Whether the agent, without exploring, gets to the goal."""
    env = Rooms(level)
    place, terminated, truncated = env.reset(), False, False
    while not (terminated or truncated):
        place, _, terminated, truncated = env.step(agent.act(place, explore=False))
    return terminated


def main(seed):
    """Return the share of the levels that an agent solves after playing them."""
    levels = read_levels()
    return sum(solved(train(level, seed), level) for level in levels) / len(levels)


if __name__ == "__main__":
    print(f"{main(int(sys.argv[1]) if len(sys.argv) > 1 else 0):.2f}")
