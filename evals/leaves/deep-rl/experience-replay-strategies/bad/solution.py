"""A ring of transitions, read in windows of n slots."""

import numpy as np


class NStepReplay:
    """Takes every slot but the n - 1 before the write position."""

    def __init__(self, capacity, n, gamma):
        self.capacity, self.n, self.gamma, self.count = capacity, n, gamma, 0
        self.rows = [None] * capacity

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        """Stores a transition."""
        row = (obs.copy(), action, reward, next_obs.copy(), terminated, truncated)
        self.rows[self.count % self.capacity] = row
        self.count += 1

    def valid(self):
        """All whose n slots are filled."""
        first = max(0, self.count - self.capacity)
        return np.arange(first, max(first, self.count - self.n + 1)) % self.capacity

    def gather(self, slots):
        """Sums until done; no bootstrap after done."""
        out = {name: [] for name in ("obs", "action", "reward", "next_obs", "discount")}
        for slot in slots:
            total = 0.0
            for k in range(self.n):
                row = self.rows[(slot + k) % self.capacity]
                total += self.gamma**k * row[2]
                if row[4] or row[5]:
                    break
            first = self.rows[slot]
            out["obs"].append(first[0])
            out["action"].append(first[1])
            out["reward"].append(total)
            out["next_obs"].append(row[3])
            out["discount"].append(self.gamma ** (k + 1) * (1 - (row[4] or row[5])))
        return {name: np.array(values) for name, values in out.items()}
