"""Tabular Q-learning on each level: `python agent.py SEED` prints the share that is solved."""

import sys
from collections import defaultdict

import numpy as np
from rooms import MOVES, Rooms, read_levels

CONFIG = {"episodes": 300, "gamma": 0.97, "alpha": 0.5}
OPTIMISM = 1.0
"""Value of what was never tried: the most that any return can be, so that it gets tried."""


class Agent:
    def __init__(self, rng, gamma, alpha):
        self.values = defaultdict(lambda: np.full(len(MOVES), OPTIMISM))
        self.rng, self.gamma, self.alpha = rng, gamma, alpha

    def act(self, place, explore):
        values = self.values[place]
        if explore:  # the optimism leads on; among equals chance decides, not the order of MOVES
            return int(self.rng.choice(np.flatnonzero(values == values.max())))
        return int(np.argmax(values))

    def learn(self, place, move, reward, after, terminated):
        """Only at the goal there is nothing to come; where time runs out, the place goes on."""
        target = reward + (0.0 if terminated else self.gamma * self.values[after].max())
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
            agent.learn(place, move, reward, after, terminated)
            place = after
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
