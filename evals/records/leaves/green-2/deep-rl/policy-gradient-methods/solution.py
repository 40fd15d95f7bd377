import numpy as np


def advantages(rollout, gamma, lam, previous_done):
    """GAE for vector environments that reset themselves at the step after an episode's end.

    After a done at row t, row t + 1 holds the episode's last observation; its action was
    ignored and its reward is 0. So values[t + 1] is the bootstrap of a truncation at t, and
    row t + 1 itself is no transition: not for training.
    """
    reward = np.asarray(rollout["reward"], np.float64)
    value = np.asarray(rollout["value"], np.float64)
    terminated = np.asarray(rollout["terminated"], bool)
    done = terminated | np.asarray(rollout["truncated"], bool)
    last = np.asarray(rollout["last_value"], np.float64)

    train = ~np.concatenate([np.asarray(previous_done, bool)[None], done[:-1]])
    after = np.concatenate([value[1:], last[None]])
    delta = reward + gamma * np.where(terminated, 0.0, after) - value
    delta = np.where(train, delta, 0.0)
    advantage = np.zeros_like(value)
    carry = np.zeros_like(last)
    for t in reversed(range(len(reward))):
        carry = delta[t] + gamma * lam * np.where(done[t], 0.0, carry)
        carry = np.where(train[t], carry, 0.0)
        advantage[t] = carry
    return advantage, advantage + value, train
