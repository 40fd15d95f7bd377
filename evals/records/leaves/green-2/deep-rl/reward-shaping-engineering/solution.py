import gymnasium as gym


class PotentialShaping(gym.Wrapper):
    """Adds gamma * Phi(s') - Phi(s) to each reward; Phi is 0 where the episode terminated.

    At a truncation Phi(s') stays, since the agent bootstraps from that observation.
    """

    def __init__(self, env, potential, gamma):
        super().__init__(env)
        self.potential = potential
        self.gamma = float(gamma)
        self._phi = None  # a number, not the observation: its array may be reused

    def reset(self, *, seed=None, options=None):
        obs, info = self.env.reset(seed=seed, options=options)
        self._phi = float(self.potential(obs))
        return obs, info

    def step(self, action):
        if self._phi is None:
            raise gym.error.ResetNeeded("call reset before step")
        obs, reward, terminated, truncated, info = self.env.step(action)
        # Terminated wins where both are set: nothing is bootstrapped there.
        after = 0.0 if terminated else float(self.potential(obs))
        shaped = float(reward) + self.gamma * after - self._phi
        self._phi = after
        return obs, shaped, terminated, truncated, {**info, "task_reward": reward}
