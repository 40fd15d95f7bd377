"""A ring of transitions, read in windows of n steps."""

import numpy as np


class NStepReplay:
    """Windows are found by the age of a transition, never by its slot."""

    def __init__(self, capacity, n, gamma):
        self.capacity, self.n, self.gamma, self.count = capacity, n, gamma, 0
        self.rows = [None] * capacity

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        """Copies: the environment writes into its own arrays."""
        row = (np.array(obs), action, float(reward), np.array(next_obs), terminated, truncated)
        self.rows[self.count % self.capacity] = row
        self.count += 1

    def _window(self, start):
        """Return of the window from transition `start`, its last row, its length; None if open."""
        total = 0.0
        for k in range(min(self.n, self.count - start)):
            row = self.rows[(start + k) % self.capacity]
            total += self.gamma**k * row[2]
            if row[4] or row[5] or k + 1 == self.n:
                return total, row, k + 1
        return None

    def valid(self):
        """Slots of the stored transitions whose window is closed."""
        stored = range(max(0, self.count - self.capacity), self.count)
        return np.array([i % self.capacity for i in stored if self._window(i)], dtype=np.int64)

    def gather(self, slots):
        """The newest transition that lies in a slot starts its window."""
        newest = self.count - 1
        starts = [newest - (newest - int(slot)) % self.capacity for slot in slots]
        first = [self.rows[start % self.capacity] for start in starts]
        windows = [self._window(start) for start in starts]
        return {
            "obs": np.stack([row[0] for row in first]),
            "action": np.array([row[1] for row in first]),
            "reward": np.array([total for total, _, _ in windows]),
            "next_obs": np.stack([last[3] for _, last, _ in windows]),
            "discount": np.array(
                [0.0 if last[4] else self.gamma**k for _, last, k in windows], dtype=np.float64
            ),
        }
