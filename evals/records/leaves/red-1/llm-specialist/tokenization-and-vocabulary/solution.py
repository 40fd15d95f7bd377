"""More tokens for a language model in the middle of its training."""

import math

import torch
from torch import nn

SHARE = 0.01  # of the probability, at most about this for all new tokens together


@torch.no_grad()
def grow(model, optimizer, new_tokens: int) -> None:
    """Append `new_tokens` rows to the tied tables and the bias, and to the optimizer's state.

    A new row is the mean of the old ones (plus a little noise), so its logit is the mean logit
    in every context. By Jensen's inequality exp(mean logit) is at most the mean of exp(logit),
    so that the new tokens take no more than new / old of the probability; their bias is lowered
    until that is `SHARE`. Random rows could be the likeliest token in some contexts.
    """
    if new_tokens < 0:
        raise ValueError("new_tokens is negative")
    if new_tokens == 0:
        return
    table, bias = model.embed.weight, model.head.bias
    if model.head.weight is not table:
        raise ValueError("the tables are not tied")
    old, width = table.shape

    # Noise with a generator of its own (the training's random numbers stay the same), small
    # enough for the logits: their deviation stays below 0.2.
    reach = model.norm.weight.square().sum() + model.norm.bias.square().sum()
    spread = (table - table.mean(0)).std()
    sigma = min(0.1 * spread.item(), 0.2 / max(reach.sqrt().item(), 1e-12))
    generator = torch.Generator().manual_seed(old)
    noise = torch.randn(new_tokens, width, generator=generator).to(table) * sigma
    rows = table.mean(0) + noise
    lower = max(0.0, math.log(new_tokens / (SHARE * old)))
    biases = (bias.mean() - lower).expand(new_tokens)

    new_table = _replace(optimizer, table, rows)
    new_bias = _replace(optimizer, bias, biases)
    model.embed.weight = new_table
    model.head.weight = new_table
    model.head.bias = new_bias
    model.vocab_size = model.embed.num_embeddings = model.head.out_features = old + new_tokens


def _replace(optimizer, old: nn.Parameter, rows: torch.Tensor) -> nn.Parameter:
    """A longer parameter in the old one's place in the optimizer, with its state."""
    new = nn.Parameter(torch.cat((old, rows.to(old))), requires_grad=old.requires_grad)
    if old.grad is not None:  # between backward and step
        new.grad = torch.cat((old.grad, torch.zeros_like(rows.to(old.grad))))
    for group in optimizer.param_groups:
        group["params"] = [new if p is old else p for p in group["params"]]
    if old in optimizer.state:
        state = optimizer.state.pop(old)
        for name, value in state.items():
            if torch.is_tensor(value) and value.shape == old.shape:
                # No momentum yet. Second moments as of a usual row: from 0 the first steps
                # could be too long, since the step count is long past its bias correction.
                start = value.mean(0) if "sq" in name else torch.zeros_like(value[0])
                state[name] = torch.cat((value, start.expand(rows.shape).to(value)))
        optimizer.state[new] = state
    return new
