"""GAE as for environments that reset within the step."""

import numpy as np


def advantages(rollout, gamma, lam, previous_done):
    """Cuts the trace at each end and trains on every entry."""
    reward, value = rollout["reward"], rollout["value"]
    done = rollout["terminated"] | rollout["truncated"]
    advantage = np.zeros_like(value)
    running = np.zeros(value.shape[1])
    after = rollout["last_value"]
    for t in reversed(range(len(value))):
        delta = reward[t] + gamma * after * ~done[t] - value[t]
        running = delta + gamma * lam * ~done[t] * running
        advantage[t] = running
        after = value[t]
    return advantage, advantage + value, np.ones_like(done)
