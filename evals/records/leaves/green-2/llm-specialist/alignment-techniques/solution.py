"""KL(policy || reference) over whole completions, from samples of the policy."""

import torch


def kl_terms(logp, ref_logp, mask):
    """(B, T) each -> (kl_loss, kl_value), unbiased in gradient and in value.

    KL = E_y sum_t k_t, k_t = logp_t - ref_t. The samples depend on the policy, so its gradient is
    E sum_t (grad logp_t) (sum over s >= t of k_s): the gradient of the estimate of the value
    itself, E sum_t grad logp_t, is 0. Terms before t are left out: their product with the score
    at t has mean 0, and they only add variance.
    """
    counted = mask > 0.5
    exact = torch.promote_types(logp.dtype, torch.float32)
    # where, before anything else: what stands after the end may be inf or NaN
    logp = torch.where(counted, logp.to(exact), 0.0)
    ref_logp = torch.where(counted, ref_logp.detach().to(exact), 0.0)
    k = logp.detach() - ref_logp
    to_go = k.flip(1).cumsum(1).flip(1)
    kl_value = k.sum(1).mean()
    surrogate = (logp * to_go).sum(1).mean()
    kl_loss = surrogate - surrogate.detach() + kl_value  # its value is the KL, too
    return kl_loss, kl_value
