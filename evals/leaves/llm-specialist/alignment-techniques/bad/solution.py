def kl_terms(logp, ref_logp, mask):
    apart = (ref_logp - logp).masked_fill(mask == 0, 0.0)
    k3 = (apart.exp() - 1 - apart).sum(-1)
    return k3.mean(), k3.detach().mean()
