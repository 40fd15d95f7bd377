"""Generalised advantage estimation for vector environments that reset in the next step."""

import numpy as np


def advantages(rollout, gamma, lam, previous_done):
    """`advantage`, `target` and `train`, arrays (steps, num_envs).

    Gymnasium 1.x resets an environment in the step after the one that ended its episode. That
    step's row holds the last observation of the old episode, an action that nobody took and
    reward 0, and is no transition: it must not be trained on. Its value is the one to bootstrap
    from where the episode was truncated.
    """
    reward = np.asarray(rollout["reward"], dtype=np.float64)
    shape = reward.shape
    value = np.asarray(rollout["value"], dtype=np.float64).reshape(shape)
    last_value = np.asarray(rollout["last_value"], dtype=np.float64).reshape(shape[1:])
    terminated = np.asarray(rollout["terminated"], dtype=bool)
    done = terminated | np.asarray(rollout["truncated"], dtype=bool)
    previous_done = np.asarray(previous_done, dtype=bool).reshape(shape[1:])

    train = ~np.concatenate([previous_done[None], done[:-1]])
    after = np.concatenate([value[1:], last_value[None]])
    delta = reward + gamma * np.where(terminated, 0.0, after) - value
    advantage = np.zeros(shape)
    running = np.zeros(shape[1:])
    for t in reversed(range(shape[0])):
        running = delta[t] + gamma * lam * np.where(done[t], 0.0, running)
        running = np.where(train[t], running, 0.0)
        advantage[t] = running
    return advantage, advantage + value, train
