"""Advantages for rollouts of Gymnasium vector environments that reset on the next step."""

import numpy as np


def advantages(rollout, gamma: float, lam: float, previous_done):
    """`(advantage, target, train)`, each (steps, num_envs).

    With Gymnasium's default (`AutoresetMode.NEXT_STEP`) the observation after the last step of
    an episode is that episode's final one. The step after it ignores the action and only
    resets: it is no transition, and is kept from training. Its recorded value is the value of
    the final observation, which is just what a truncated episode bootstraps from.
    """
    reward = np.asarray(rollout["reward"], dtype=np.float64)
    value = np.asarray(rollout["value"], dtype=np.float64).reshape(reward.shape)
    last = np.asarray(rollout["last_value"], dtype=np.float64).reshape(reward.shape[1:])
    terminated = np.asarray(rollout["terminated"], dtype=bool)
    done = terminated | np.asarray(rollout["truncated"], dtype=bool)
    before = np.concatenate((np.asarray(previous_done, dtype=bool)[None], done[:-1]))
    train = ~before

    following = np.concatenate((value[1:], last[None]))
    delta = reward + gamma * np.where(terminated, 0.0, following) - value
    advantage = np.zeros_like(reward)
    carry = np.zeros_like(last)
    for t in reversed(range(len(reward))):
        carry = delta[t] + gamma * lam * np.where(done[t], 0.0, carry)
        carry = np.where(train[t], carry, 0.0)
        advantage[t] = carry
    return advantage, advantage + value, train
