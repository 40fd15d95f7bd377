"""More tokens for a model in training."""

import math

import torch
from torch import nn

SHARE = 0.02  # the loss on old text rises by about log(1 + SHARE) at most
NOISE = 0.05  # of the spread of the old rows, so that the new tokens differ


def grow(model, optimizer, new_tokens: int) -> None:
    """Append `new_tokens` tokens to the tables and to the optimizer's state, in place.

    A new row is the mean of the old ones, and so its logit in any context is the mean of the old
    logits: exp of it is at most the mean of their exps, which bounds what the new tokens take away
    from the old ones. The bias is lowered only where this bound is above SHARE; it stays close
    enough for the new tokens to rise as soon as they are seen.
    """
    if new_tokens < 0:
        raise ValueError("new_tokens must not be negative")
    if new_tokens == 0:
        return
    old = model.vocab_size
    table, bias = model.embed.weight, model.head.bias
    generator = torch.Generator().manual_seed(old)  # leaves the random numbers of the run alone
    with torch.no_grad():
        spread = table.float().std(0, correction=0).cpu()
        noise = torch.randn(new_tokens, table.shape[1], generator=generator) * NOISE * spread
        rows = table.float().mean(0) + noise.to(table.device)
        lower = max(0.0, math.log(new_tokens / old / SHARE))
        entries = (bias.float().mean() - lower).expand(new_tokens)
        new_table = _replace(optimizer, table, rows)
        new_bias = _replace(optimizer, bias, entries)

    tied = model.head.weight is table
    model.embed.weight = new_table
    if tied:
        model.head.weight = new_table
    model.head.bias = new_bias
    model.vocab_size = old + new_tokens
    model.embed.num_embeddings = model.head.out_features = old + new_tokens


def _replace(optimizer, old: nn.Parameter, rows: torch.Tensor) -> nn.Parameter:
    """A longer parameter, in `old`'s place in the optimizer, with its state and gradient."""
    extra = len(rows)
    new = nn.Parameter(torch.cat([old.data, rows.to(old)]), requires_grad=old.requires_grad)
    if old.grad is not None:
        new.grad = torch.cat([old.grad, old.grad.new_zeros(extra, *old.shape[1:])])
    for group in optimizer.param_groups:
        group["params"] = [new if p is old else p for p in group["params"]]
    if old in optimizer.state:
        state = optimizer.state.pop(old)
        for name, value in state.items():
            if torch.is_tensor(value) and value.shape == old.shape:
                tail = value.new_zeros(extra, *value.shape[1:])
                if name.endswith("_sq"):  # second moments: as a usual row, for steps of usual size
                    tail += value.mean(0)
                state[name] = torch.cat([value, tail])
        optimizer.state[new] = state
    return new
