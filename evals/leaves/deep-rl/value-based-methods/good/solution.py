"""Munchausen DQN over legal actions."""

import torch


@torch.no_grad()
def munchausen_targets(
    reward,
    action,
    q_target,
    q_target_next,
    legal,
    legal_next,
    terminated,
    gamma=0.99,
    tau=0.03,
    alpha=0.9,
    clip=-1.0,
):
    """The soft value is tau * logsumexp(q / tau); rows that are over never reach arithmetic."""
    illegal = float("-inf")
    log_policy = torch.log_softmax((q_target / tau).masked_fill(~legal, illegal), dim=1)
    bonus = (tau * log_policy.gather(1, action[:, None])[:, 0]).clamp(clip, 0.0)
    soft = tau * torch.logsumexp((q_target_next / tau).masked_fill(~legal_next, illegal), dim=1)
    soft = torch.where(terminated, torch.zeros_like(soft), soft)
    return reward + alpha * bonus + gamma * soft
