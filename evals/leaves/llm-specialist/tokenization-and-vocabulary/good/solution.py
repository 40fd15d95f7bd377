import torch
from torch import nn


def _grow(optimizer, old, rows):
    new = nn.Parameter(torch.cat([old.detach(), rows]), requires_grad=old.requires_grad)
    for group in optimizer.param_groups:
        group["params"] = [new if p is old else p for p in group["params"]]
    state = optimizer.state.pop(old, None)
    if state:
        optimizer.state[new] = {
            key: torch.cat([value, value.new_zeros(rows.shape)])
            if value.shape == old.shape
            else value
            for key, value in state.items()
        }
        if (
            "exp_avg_sq" in state
        ):  # as old rows have it: from zero the first steps would be too long
            typical = state["exp_avg_sq"].mean(0)
            optimizer.state[new]["exp_avg_sq"][len(old) :] = typical
    return new


@torch.no_grad()
def grow(model, optimizer, new_tokens):
    table, bias = model.embed.weight, model.head.bias
    spread = 1e-2 * table.std(0)
    rows = table.mean(0) + spread * torch.randn(new_tokens, table.shape[1])
    model.embed.weight = _grow(optimizer, table, rows)
    model.head.weight = model.embed.weight
    model.head.bias = _grow(optimizer, bias, bias.mean().expand(new_tokens).clone())
    model.vocab_size += new_tokens
    model.embed.num_embeddings = model.head.out_features = model.vocab_size
