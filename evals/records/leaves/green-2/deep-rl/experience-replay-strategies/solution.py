"""An n-step replay ring of a single environment."""

import numpy as np


class NStepReplay:
    """Transition number i is in slot i % capacity. Only the newest transitions of the episode
    that still runs can lack their window: the last n - 1 of it."""

    def __init__(self, capacity, n, gamma):
        if capacity < 1 or n < 1:
            raise ValueError("capacity and n must be at least 1")
        self.capacity, self.n, self.gamma = capacity, n, gamma
        self._count = 0  # transitions added so far
        self._last_end = -1  # number of the newest one that ends an episode
        self._reward = np.zeros(capacity)
        self._terminated = np.zeros(capacity, bool)
        self._end = np.zeros(capacity, bool)
        self._obs = self._action = self._next_obs = None

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        if self._obs is None:
            obs, action = np.asarray(obs), np.asarray(action)
            self._obs = np.zeros((self.capacity, *obs.shape), obs.dtype)
            self._next_obs = np.zeros_like(self._obs)
            self._action = np.zeros((self.capacity, *action.shape), action.dtype)
        slot = self._count % self.capacity
        self._obs[slot] = obs  # copies: the environment goes on writing into its array
        self._next_obs[slot] = next_obs
        self._action[slot] = action
        self._reward[slot] = reward
        self._terminated[slot] = terminated
        self._end[slot] = terminated or truncated
        if self._end[slot]:
            self._last_end = self._count
        self._count += 1

    def _range(self):
        """Numbers of transitions: the oldest stored, and the first without its window."""
        oldest = max(0, self._count - self.capacity)
        return oldest, max(oldest, self._count - self.n + 1, self._last_end + 1)

    def valid(self):
        """Slots, ascending."""
        open_slots = np.arange(self._range()[1], self._count) % self.capacity
        return np.delete(np.arange(min(self._count, self.capacity)), open_slots)

    def gather(self, slots):
        slots = np.asarray(slots, dtype=np.int64)
        oldest, stop = self._range()
        numbers = oldest + (slots - oldest) % self.capacity
        if self._obs is None or ((slots < 0) | (slots >= self.capacity) | (numbers >= stop)).any():
            raise IndexError("a slot from which no window can start now")
        reward, discount = np.zeros(slots.shape), np.ones(slots.shape)
        last, alive = slots, np.ones(slots.shape, bool)
        for k in range(self.n):
            at = (slots + k) % self.capacity
            last = np.where(alive, at, last)
            reward += np.where(alive, self.gamma**k * self._reward[at], 0.0)
            discount = np.where(alive, float(self.gamma) ** (k + 1), discount)
            alive = alive & ~self._end[at]
            if not alive.any():
                break
        return {
            "obs": self._obs[slots],
            "action": self._action[slots],
            "reward": reward,
            "next_obs": self._next_obs[last],
            "discount": np.where(self._terminated[last], 0.0, discount),
        }
