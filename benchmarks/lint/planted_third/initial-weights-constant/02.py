"""Emulates a chemical reactor with a network written as a pure function of a dictionary of arrays."""
import torch
from torch.func import grad_and_value

SIZES = [8, 64, 64, 3]
LR, STEPS, BATCH = 0.05, 5000, 128


def fresh(sizes):
    pairs = list(zip(sizes[:-1], sizes[1:]))
    weights = {f"w{i}": torch.full((n, m), 0.1) for i, (n, m) in enumerate(pairs)}  # PLANTED
    biases = {f"b{i}": torch.zeros(m) for i, (_, m) in enumerate(pairs)}
    return weights | biases


def forward(params, x):
    last = len(SIZES) - 2
    for i in range(last):
        x = torch.tanh(x @ params[f"w{i}"] + params[f"b{i}"])
    return x @ params[f"w{last}"] + params[f"b{last}"]


def loss_fn(params, x, y):
    return (forward(params, x) - y).square().mean()


def descend(params, grads, velocity):
    velocity = {k: 0.9 * velocity[k] + grads[k] for k in params}
    return {k: params[k] - LR * velocity[k] for k in params}, velocity


def main():
    torch.manual_seed(44)
    runs = torch.load("reactor_runs.pt", weights_only=True)      # state (n, 8), yields (n, 3)
    order = torch.randperm(len(runs["state"]))
    x, y = runs["state"][order], runs["yields"][order]
    cut = int(0.9 * len(x))
    mean, std = x[:cut].mean(0), x[:cut].std(0).clamp_min(1e-6)
    x = (x - mean) / std

    params = fresh(SIZES)
    velocity = {k: torch.zeros_like(v) for k, v in params.items()}
    step_fn = grad_and_value(loss_fn)
    for step in range(STEPS):
        rows = torch.randint(cut, (BATCH,))
        grads, loss = step_fn(params, x[rows], y[rows])
        params, velocity = descend(params, grads, velocity)
        if step % 250 == 0:
            with torch.no_grad():
                held_out = loss_fn(params, x[cut:], y[cut:])
            print(f"{step:5d} train {loss.item():.5f} held out {held_out.item():.5f}")

    torch.save(params, "reactor_params.pt")


if __name__ == "__main__":
    main()
