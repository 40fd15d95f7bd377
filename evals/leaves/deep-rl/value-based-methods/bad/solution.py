"""Munchausen DQN with masked logits, multiplied by 1 - terminated."""

import torch
import torch.nn.functional as F


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
    """As in the paper, the mask put before the softmax."""
    q = q_target.masked_fill(~legal, -torch.inf)
    q_next = q_target_next.masked_fill(~legal_next, -torch.inf)
    log_pi = F.log_softmax(q / tau, dim=1).gather(1, action[:, None]).squeeze(1)
    log_pi_next = F.log_softmax(q_next / tau, dim=1)
    soft = (log_pi_next.exp() * (q_next - tau * log_pi_next)).sum(1)
    bonus = alpha * (tau * log_pi).clamp(clip, 0.0)
    return reward + bonus + gamma * (1 - terminated.float()) * soft
