"""An n-step replay ring for a single environment."""

import numpy as np


class NStepReplay:
    """Transition number i is in slot i % capacity; windows run forward in time from a slot."""

    def __init__(self, capacity, n, gamma):
        if capacity < 1 or n < 1:
            raise ValueError("capacity and n must be at least 1")
        self.capacity = int(capacity)
        self.n = int(n)
        self.gamma = float(gamma)
        self._count = 0  # transitions ever added
        self._last_end = -1  # number of the last transition that ended an episode
        self._obs = None
        self._reward = np.zeros(self.capacity, dtype=np.float64)
        self._terminated = np.zeros(self.capacity, dtype=bool)
        self._end = np.zeros(self.capacity, dtype=bool)

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        if self._obs is None:
            obs, action = np.asarray(obs), np.asarray(action)
            self._obs = np.zeros((self.capacity, *obs.shape), dtype=obs.dtype)
            self._next_obs = np.zeros_like(self._obs)
            self._action = np.zeros((self.capacity, *action.shape), dtype=action.dtype)
        slot = self._count % self.capacity
        self._obs[slot] = obs  # assignment copies
        self._next_obs[slot] = next_obs
        self._action[slot] = action
        self._reward[slot] = reward
        self._terminated[slot] = terminated
        self._end[slot] = terminated or truncated
        if self._end[slot]:
            self._last_end = self._count
        self._count += 1

    def _stop(self):
        """Number after that of the last transition a window can start from: n steps are there, or an end comes later."""
        return max(self._last_end, self._count - self.n) + 1

    def valid(self):
        """The slots (ascending) from which a window can start now."""
        oldest = max(0, self._count - self.capacity)
        return np.sort(np.arange(oldest, max(self._stop(), oldest), dtype=np.int64) % self.capacity)

    def gather(self, slots):
        """n-step quantities: target = reward + discount * max_a Q(next_obs, a)."""
        slots = np.asarray(slots, dtype=np.int64)
        if self._obs is None:
            raise ValueError("the buffer is empty")
        number = self._count - 1 - (self._count - 1 - slots) % self.capacity
        if np.any((slots < 0) | (slots >= self.capacity) | (number < 0) | (number >= self._stop())):
            raise ValueError("no window can start from some of these slots")
        reward = np.zeros(slots.shape)
        factor = np.ones(slots.shape)
        last = slots.copy()
        going = np.ones(slots.shape, dtype=bool)
        for step in range(self.n):
            here = (slots + step) % self.capacity
            reward = np.where(going, reward + factor * self._reward[here], reward)
            factor = np.where(going, self.gamma ** (step + 1), factor)
            last = np.where(going, here, last)
            going = going & ~self._end[here]
            if not going.any():
                break
        return {
            "obs": self._obs[slots],
            "action": self._action[slots],
            "reward": reward,
            "next_obs": self._next_obs[last],
            # A time limit ends the window but not the task: only a terminal state takes the bootstrap away.
            "discount": np.where(self._terminated[last], 0.0, factor),
        }
