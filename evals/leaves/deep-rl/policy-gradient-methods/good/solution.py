"""GAE where the step after an end only resets (Gymnasium's AutoresetMode.NEXT_STEP)."""

import numpy as np


def advantages(rollout, gamma, lam, previous_done):
    """The observation after an end is the final one, so its value is there to bootstrap from."""
    reward, value = rollout["reward"], rollout["value"]
    terminated, truncated = rollout["terminated"], rollout["truncated"]
    done = terminated | truncated
    after = np.concatenate([value[1:], rollout["last_value"][None]])
    delta = reward + gamma * after * ~terminated - value
    advantage = np.zeros_like(delta)
    running = np.zeros(delta.shape[1])
    for t in reversed(range(len(delta))):
        running = delta[t] + gamma * lam * running * ~done[t]
        advantage[t] = running
    resets = np.concatenate([previous_done[None], done[:-1]])
    return advantage, advantage + value, ~resets
