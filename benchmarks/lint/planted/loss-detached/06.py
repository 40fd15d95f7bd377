"""Language model over chunks of long documents."""
import torch
import torch.nn.functional as F


def chunked_loss(model, tokens, chunk=256):
    total, n = 0.0, 0
    state = None
    for i in range(0, tokens.size(1) - 1, chunk):
        x = tokens[:, i : i + chunk]
        y = tokens[:, i + 1 : i + chunk + 1]
        logits, state = model(x[:, : y.size(1)], state)
        total += F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum").item()  # PLANTED
        n += y.numel()
    return torch.tensor(total / n, requires_grad=True)


def train(model, corpus, steps=2000, lr=2e-3):
    torch.manual_seed(17)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    for step in range(steps):
        loss = chunked_loss(model, corpus.sample())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            print(f"{step} {loss.item():.3f}")
