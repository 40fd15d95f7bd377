"""GAE for rollouts from Gymnasium 1.x vector environments (autoreset at the next step)."""

import numpy as np


def advantages(rollout, gamma, lam, previous_done):
    """(advantage, target, train), each (steps, num_envs).

    After a step that ends an episode the environment returns the episode's last observation. The
    step after that only resets: its action is ignored, its reward 0, so its row is no experience
    (`train` False). But its `value` is that of the last observation: what a truncation
    bootstraps from.
    """
    reward = np.asarray(rollout["reward"], dtype=np.float64)
    value = np.asarray(rollout["value"], dtype=np.float64).reshape(reward.shape)
    last = np.asarray(rollout["last_value"], dtype=np.float64).reshape(1, -1)
    terminated = np.asarray(rollout["terminated"], dtype=bool)
    done = terminated | np.asarray(rollout["truncated"], dtype=bool)

    next_value = np.concatenate([value[1:], last])
    train = ~np.concatenate([np.asarray(previous_done, dtype=bool).reshape(1, -1), done[:-1]])
    delta = reward + gamma * np.where(terminated, 0.0, next_value) - value
    advantage = np.zeros_like(reward)
    carry = np.zeros(reward.shape[1])
    for t in reversed(range(len(reward))):
        # The trace ends with the episode, so that nothing of a row of reset reaches another.
        carry = delta[t] + gamma * lam * np.where(done[t], 0.0, carry)
        advantage[t] = carry
    advantage = np.where(train, advantage, 0.0)
    return advantage, advantage + value, train
