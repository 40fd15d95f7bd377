import numpy as np


class NStepReplay:
    """Ring buffer of one environment, n-step windows put together when they are drawn."""

    def __init__(self, capacity, n, gamma):
        if capacity < 1 or n < 1:
            raise ValueError("capacity and n must be at least 1")
        self.capacity, self.n, self.gamma = capacity, n, gamma
        self._count = 0  # transitions ever added
        self._open = 0  # of these, after the last end of an episode
        self._obs = self._next_obs = self._action = None
        self._reward = np.zeros(capacity, np.float64)
        self._terminated = np.zeros(capacity, bool)
        self._ended = np.zeros(capacity, bool)

    def add(self, obs, action, reward, next_obs, terminated, truncated):
        obs, next_obs, action = np.asarray(obs), np.asarray(next_obs), np.asarray(action)
        if self._obs is None:
            self._obs = np.zeros((self.capacity, *obs.shape), obs.dtype)
            self._next_obs = np.zeros((self.capacity, *next_obs.shape), next_obs.dtype)
            self._action = np.zeros((self.capacity, *action.shape), action.dtype)
        slot = self._count % self.capacity
        self._obs[slot] = obs  # copies: the environment goes on writing into its own array
        self._next_obs[slot] = next_obs
        self._action[slot] = action
        self._reward[slot] = reward
        self._terminated[slot] = terminated
        self._ended[slot] = terminated or truncated
        self._count += 1
        self._open = 0 if self._ended[slot] else self._open + 1

    def _range(self):
        """First and one past the last transition from which a window can start."""
        first = max(0, self._count - self.capacity)
        # Only the newest n - 1 lack successors, and only where no end comes after them.
        return first, max(first, self._count - min(self.n - 1, self._open))

    def valid(self):
        first, stop = self._range()
        return np.sort(np.arange(first, stop, dtype=np.int64) % self.capacity)

    def gather(self, slots):
        slots = np.asarray(slots, dtype=np.int64)
        first, stop = self._range()
        outside = (slots < 0) | (slots >= self.capacity)
        if (outside | ((slots - first) % self.capacity >= stop - first)).any():
            raise ValueError("no window can start in some of these slots, see valid()")
        if self._obs is None:
            raise ValueError("the buffer is empty")
        reward = np.zeros(slots.shape, np.float64)
        steps = np.zeros(slots.shape, np.int64)
        alive = np.ones(slots.shape, bool)
        for k in range(self.n):
            at = (slots + k) % self.capacity
            reward += np.where(alive, self.gamma**k * self._reward[at], 0.0)
            steps += alive
            alive = alive & ~self._ended[at]
        last = (slots + steps - 1) % self.capacity
        # A time limit bootstraps from the true successor; termination does not, even with both set.
        discount = np.where(self._terminated[last], 0.0, np.float64(self.gamma) ** steps)
        return {
            "obs": self._obs[slots],
            "action": self._action[slots],
            "reward": reward,
            "next_obs": self._next_obs[last],
            "discount": discount,
        }
