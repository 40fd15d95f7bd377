"""An n-step replay ring for one environment."""

import numpy as np


class NStepReplay:
    """Transition number i lies in slot i % capacity."""

    def __init__(self, capacity, n, gamma):
        if capacity < 1 or n < 1:
            raise ValueError("capacity and n must be at least 1")
        self.capacity = capacity
        self.n = n
        self.gamma = float(gamma)
        self.count = 0  # transitions ever added
        self.last_end = -1  # number of the last transition that ended an episode
        self.obs = self.action = self.next_obs = None
        self.reward = np.zeros(capacity, dtype=np.float64)
        self.terminated = np.zeros(capacity, dtype=bool)
        self.ended = np.zeros(capacity, dtype=bool)

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        if self.obs is None:
            self.obs, self.action, self.next_obs = (
                np.zeros((self.capacity, *np.shape(x)), dtype=np.asarray(x).dtype)
                for x in (obs, action, next_obs)
            )
        slot = self.count % self.capacity
        self.obs[slot] = obs  # values are copied: the environment goes on writing to its arrays
        self.action[slot] = action
        self.next_obs[slot] = next_obs
        self.reward[slot] = reward
        self.terminated[slot] = terminated
        self.ended[slot] = terminated or truncated
        if self.ended[slot]:
            self.last_end = self.count
        self.count += 1

    def _valid_range(self):
        """Numbers of the first transition that can start a window, and of the first after it that cannot.

        A window runs forwards, so all it needs is newer than its start. It is there in full up to number
        count - n, and closed by an end up to the last end.
        """
        first = max(0, self.count - self.capacity)
        return first, max(first, self.count - self.n + 1, self.last_end + 1)

    def valid(self):
        first, stop = self._valid_range()
        return np.sort(np.arange(first, stop, dtype=np.int64) % self.capacity)

    def gather(self, slots):
        slots = np.asarray(slots)
        if slots.size == 0:
            slots = slots.astype(np.int64)
        first, stop = self._valid_range()
        inside = (slots >= 0) & (slots < self.capacity)
        if not np.all(inside & ((slots - first) % self.capacity < stop - first)):
            raise ValueError("a slot has no valid window now")
        if self.obs is None:
            raise ValueError("nothing has been added yet")

        reward = np.zeros(slots.shape, dtype=np.float64)
        length = np.zeros(slots.shape, dtype=np.int64)
        last = slots.copy()
        running = np.ones(slots.shape, dtype=bool)
        for k in range(self.n):
            slot = (slots + k) % self.capacity
            reward += np.where(running, self.gamma**k * self.reward[slot], 0.0)
            length += running
            last = np.where(running, slot, last)
            running &= ~self.ended[slot]
            if not running.any():
                break
        # Only a true end stops the bootstrap, and the exponent is the length that the window really has.
        discount = np.where(self.terminated[last], 0.0, np.power(self.gamma, length))
        return {
            "obs": self.obs[slots],
            "action": self.action[slots],
            "reward": reward,
            "next_obs": self.next_obs[last],
            "discount": discount,
        }
