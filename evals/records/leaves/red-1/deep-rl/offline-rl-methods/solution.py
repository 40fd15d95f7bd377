"""Value of a policy from the logs of another: weighted per-decision importance sampling."""

import numpy as np

HUGE = 1e300


def weighted_per_decision(episodes, gamma: float) -> float:
    """Expected discounted return of an episode under the new policy.

    At step t the weights are the products of ratios up to t, over ALL episodes: one that has
    ended keeps its last weight and earns 0. Leaving it out would estimate the reward given that
    the episode still runs.
    """
    rewards, ratios = [], []
    for reward, new, old in episodes:
        new, old = (np.asarray(a, dtype=np.float64).ravel() for a in (new, old))
        rewards.append(np.asarray(reward, dtype=np.float64).ravel())
        with np.errstate(over="ignore"):
            ratios.append(np.clip(new - old, -HUGE, HUGE))
    if not rewards:
        raise ValueError("no episodes")
    order = sorted(range(len(rewards)), key=lambda i: -len(rewards[i]))
    rewards, ratios = [rewards[i] for i in order], [ratios[i] for i in order]
    lengths = np.array([len(r) for r in rewards])
    # Step after step, each with the entries of all episodes that still run, longest first.
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    flat_reward, flat_ratio = np.concatenate(rewards), np.concatenate(ratios)

    weight = np.zeros(len(rewards))  # logarithms
    running, ended = len(rewards), -np.inf  # log of the sum of weights of the ended episodes
    value, discount = 0.0, 1.0
    for t in range(lengths[0]):
        still = int(np.count_nonzero(lengths[:running] > t))
        if still < running:
            ended = np.logaddexp(ended, np.logaddexp.reduce(weight[still:running]))
            running = still
        weight[:running] += flat_ratio[starts[:running] + t]
        active = weight[:running]
        top = max(active.max(), ended)
        share = np.exp(active - top)
        total = share.sum() + np.exp(ended - top)
        value += discount * float((share / total) @ flat_reward[starts[:running] + t])
        discount *= gamma
    return float(value)
