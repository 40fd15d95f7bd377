import math

import torch
from torch import nn

SHARE = 0.01  # at most about this probability goes to all new tokens together, at the swap


def _moment(name, old, new_rows):
    """What the optimizer is to hold for rows that have not been trained yet."""
    if name.endswith("exp_avg_sq"):
        # A second moment of 0 at a late step would have no bias correction: as other rows.
        return old.mean(0, keepdim=True).expand(new_rows, *old.shape[1:])
    return old.new_zeros(new_rows, *old.shape[1:])


def _replace(optimizer, old, rows):
    """A parameter that is `old` with `rows` below it, in old's place in the optimizer."""
    new = nn.Parameter(torch.cat([old.detach(), rows]), requires_grad=old.requires_grad)
    n = len(rows)
    if old.grad is not None:  # between backward and step, or while accumulating
        new.grad = torch.cat([old.grad, old.grad.new_zeros(n, *old.shape[1:])])
    for group in optimizer.param_groups:
        group["params"] = [new if p is old else p for p in group["params"]]
    if old in optimizer.state:
        state = optimizer.state.pop(old)
        optimizer.state[new] = {
            name: torch.cat([value, _moment(name, value, n)])
            if torch.is_tensor(value) and value.shape == old.shape
            else value
            for name, value in state.items()
        }
    return new


@torch.no_grad()
def grow(model, optimizer, new_tokens: int) -> None:
    """Append `new_tokens` ids to the tables, the bias and the optimizer's state, in place."""
    if new_tokens < 0:
        raise ValueError("new_tokens must not be negative")
    if new_tokens == 0:
        return
    old_size = model.vocab_size
    table, bias = model.embed.weight, model.head.bias

    # A mean row with a mean bias gets the mean logit, so (Jensen) at most 1 / vocabulary of
    # the probability, whatever the context; the bias is then lowered until all of them
    # together take at most SHARE. A bias of -1e4 would be safer still, and never train.
    mean = table.mean(0, keepdim=True)
    own = torch.Generator().manual_seed(old_size)  # the training's random numbers stay
    noise = torch.randn(new_tokens, table.shape[1], generator=own).to(table)
    rows = mean + 0.01 * table.std(0, keepdim=True) * noise
    lower = min(0.0, math.log(SHARE * old_size / new_tokens))
    biases = (bias.mean() + lower).expand(new_tokens)

    tied = model.head.weight is table
    if not tied:
        head_rows = model.head.weight.mean(0, keepdim=True).expand(new_tokens, -1)
        head = _replace(optimizer, model.head.weight, head_rows)
    model.embed.weight = _replace(optimizer, table, rows)
    model.head.weight = model.embed.weight if tied else head
    model.head.bias = _replace(optimizer, bias, biases)
    model.vocab_size = model.embed.num_embeddings = model.head.out_features = (
        old_size + new_tokens
    )
