import torch


def _relative(q, legal):
    """The greatest value over legal actions, and values less that (illegal ones: -inf).

    Rows without a legal action come out as zeros; illegal values are never looked at.
    """
    some = legal.any(-1, keepdim=True)
    usable = legal | ~some  # keeps the arithmetic finite where nothing is legal
    q = torch.where(legal, q, torch.zeros_like(q)).masked_fill(~usable, -torch.inf)
    best = q.amax(-1, keepdim=True)
    return best, q - best


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
    """r + alpha * clip(tau log pi(a|s)) + gamma * sum_a' pi(a'|s') (q(s',a') - tau log pi(a'|s')).

    pi is the softmax of q_target / tau over legal actions. With q less its maximum,
    tau log pi = q - tau logsumexp(q / tau) loses nothing to values of several hundred, and the sum
    over the next actions is max + tau logsumexp(q / tau).
    """
    _, q = _relative(q_target, legal)
    log_policy = q - tau * torch.logsumexp(q / tau, -1, keepdim=True)  # times tau
    bonus = log_policy.gather(-1, action[:, None]).squeeze(-1).clamp(clip, 0.0)

    best, q_next = _relative(q_target_next, legal_next)
    soft = (best + tau * torch.logsumexp(q_next / tau, -1, keepdim=True)).squeeze(-1)
    over = terminated.bool() | ~legal_next.any(-1)
    return reward + alpha * bonus + gamma * soft.masked_fill(over, 0.0)
