"""KL(policy || reference) over whole completions, from the log-probabilities of sampled tokens."""

import torch
from torch import Tensor


def kl_terms(logp: Tensor, ref_logp: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T) each -> kl_loss (for its gradient only) and kl_value (for the log only).

    KL = E[S], S = sum over the completion of logp - ref_logp. The completions come from the policy itself, so
    the gradient is E[S * grad log p(completion)]; that of S alone has expectation 0, whatever the policy. What
    lies before a token is fixed when it is drawn and drops out, which leaves for each token the sum from it
    onwards as its weight: the same expectation, less variance. The number kl_loss itself means nothing.
    """
    dtype = torch.promote_types(torch.promote_types(logp.dtype, ref_logp.dtype), torch.float32)
    inside = mask > 0
    # where, not a product: what is masked may be inf or nan.
    logp = torch.where(inside, logp.to(dtype), 0.0)
    ref_logp = torch.where(inside, ref_logp.detach().to(dtype), 0.0)
    ratio = logp.detach() - ref_logp
    onwards = ratio.flip(1).cumsum(1).flip(1)
    kl_loss = (onwards * logp).sum(1).mean()
    kl_value = ratio.sum(1).mean()
    return kl_loss, kl_value
