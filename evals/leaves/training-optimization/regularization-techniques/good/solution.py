import torch


def smoothed_loss(logits, target, smoothing=0.0, second=None, share=1.0):
    real = target != -100
    logits = logits[real]  # padding leaves before anything is computed of it
    target = target[real]
    logits = logits if logits.dtype == torch.float64 else logits.float()
    if not len(logits):
        return logits.sum()  # zero, with a graph
    exists = logits > -torch.inf
    log_p = torch.log_softmax(logits, dim=-1).masked_fill(~exists, 0.0)
    uniform = exists / exists.sum(-1, keepdim=True)

    def part(classes):
        chosen = log_p.gather(-1, classes[:, None])[:, 0]
        return (1 - smoothing) * chosen + smoothing * (uniform * log_p).sum(-1)

    value = part(target)
    if second is not None:
        if isinstance(share, torch.Tensor) and share.dim():
            share = share[real]
        value = share * value + (1 - share) * part(second[real])
    return -value.mean()
