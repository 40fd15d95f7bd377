"""More tokens for a model in training: tables and optimizer grow, nothing learnt is lost."""

import math

import torch
from torch import nn

SHARE = 0.01  # of the probability that the new tokens may take at first, all together


@torch.no_grad()
def grow(model, optimizer, new_tokens: int) -> None:
    """New ids behind the old ones. The parameters are replaced: the model and the optimizer hold
    the new ones, tied as before."""
    if new_tokens < 0:
        raise ValueError("new_tokens must not be negative")
    if new_tokens == 0:
        return
    weight, bias = model.embed.weight, model.head.bias
    assert model.head.weight is weight, "the tables are no longer tied"
    old = weight.shape[0]

    # The mean of the old rows and biases gives the mean of the old logits, which is at most the log
    # of the mean exponential: the new tokens together get at most new / old of the old
    # probability. The offset brings that down to SHARE (about 0.01 nats), and no further: each nat
    # must be learnt back. A little noise (own generator: the loop's draws stay) tells rows apart.
    offset = max(0.0, math.log(new_tokens / (SHARE * old)))
    generator = torch.Generator().manual_seed(old)
    noise = torch.randn(new_tokens, weight.shape[1], generator=generator).to(weight)
    rows = weight.mean(0) + 0.05 * weight.std(0) * noise
    biases = (bias.mean() - offset).expand(new_tokens)

    grown_weight = _replace(optimizer, weight, rows)
    grown_bias = _replace(optimizer, bias, biases)
    model.embed.weight = grown_weight
    model.head.weight = grown_weight
    model.head.bias = grown_bias
    model.vocab_size = model.embed.num_embeddings = model.head.out_features = old + new_tokens


def _replace(optimizer, parameter, rows):
    """A parameter with more rows in the place of `parameter`, in its group and with its state."""
    old, new = parameter.shape[0], len(rows)
    grown = nn.Parameter(torch.cat([parameter, rows]), requires_grad=parameter.requires_grad)
    if parameter.grad is not None:  # between backward and step, or while accumulating
        grown.grad = torch.cat([parameter.grad, torch.zeros_like(rows)])
    for group in optimizer.param_groups:
        group["params"] = [grown if p is parameter else p for p in group["params"]]
    if parameter in optimizer.state:
        state = optimizer.state.pop(parameter)
        for name, value in state.items():
            if not (torch.is_tensor(value) and value.shape == parameter.shape):
                continue  # the step count goes on
            # No momentum yet; for the second moments the mean of the old rows, since with zeros and
            # a late step, whose bias correction is over, the first updates have the wrong size.
            fill = value.mean(0, keepdim=True) if "sq" in name else torch.zeros_like(value[:1])
            state[name] = torch.cat([value, fill.expand(new, *value.shape[1:])])
            assert len(state[name]) == old + new
        optimizer.state[grown] = state
    return grown
