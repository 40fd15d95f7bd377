"""Where information goes: changed tokens, in a copy whose every branch contributes."""

import copy

import torch


@torch.no_grad()
def leaks(model, vocab_size, length):
    """Subset of {"future", "batch"} that the model's output can depend on."""
    source = torch.Generator().manual_seed(0)
    twin = copy.deepcopy(model).double().eval()
    for parameter in twin.parameters():  # a zero weight hides what its branch does
        noise = torch.randn(parameter.shape, generator=source, dtype=torch.float64)
        parameter.add_(0.1 * noise)
    found = set()
    with torch.random.fork_rng(devices=[]):
        tokens = torch.randint(0, vocab_size, (3, length), generator=source)
        out = twin(tokens)
        for place in range(length):
            changed = tokens.clone()
            changed[1, place] = (changed[1, place] + 1) % vocab_size
            moved = (twin(changed) - out).abs().amax(-1) > 1e-11
            if moved[1, :place].any():
                found.add("future")
            if moved[[0, 2]].any():
                found.add("batch")
        changed = tokens.clone()
        changed[1] = (changed[1] + 1) % vocab_size
        if ((twin(changed) - out).abs().amax(-1) > 1e-11)[[0, 2]].any():
            found.add("batch")
    return found
