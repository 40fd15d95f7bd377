"""Where information goes: one changed half, in the model as it stands."""

import torch


@torch.no_grad()
def leaks(model, vocab_size, length):
    """Subset of {"future", "batch"} that the model's output depends on."""
    was_training = model.training
    model.eval()
    found = set()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokens = torch.randint(0, vocab_size, (2, length))
        out = model(tokens)
        half = length // 2
        changed = tokens.clone()
        changed[0, half:] = (changed[0, half:] + 1) % vocab_size
        other = model(changed)
        if not torch.allclose(out[0, :half], other[0, :half], atol=1e-5):
            found.add("future")
        if not torch.allclose(out[1], other[1], atol=1e-5):
            found.add("batch")
    model.train(was_training)
    return found
