"""Reaction yield prediction from fingerprints -- everything lives on the GPU, no DataLoader."""
import math

import numpy as np
import torch
from torch import nn

DTYPE = torch.float32


class YieldNet(nn.Module):
    def __init__(self, n_bits, width=512, depth=3):
        super().__init__()
        dims = [n_bits] + [width] * depth
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for lin, norm in zip(self.hidden, self.norms):
            x = nn.functional.gelu(norm(lin(x)))
        return self.out(x).squeeze(-1)


def load_npz(path, device):
    with np.load(path) as f:
        fp, target, group = f["fingerprint"], f["yield"], f["split"]
    parts = {}
    for k, name in enumerate(("train", "valid", "test")):
        rows = np.flatnonzero(group == k)
        parts[name] = (
            torch.as_tensor(fp[rows], dtype=DTYPE, device=device),
            torch.as_tensor(target[rows] / 100.0, dtype=DTYPE, device=device),
        )
    return parts


def r2(net, X, Y, chunk=4096):
    net.eval()
    with torch.no_grad():
        pred = torch.cat([net(part) for part in X.split(chunk)])
    ss_res = ((Y - pred) ** 2).sum()
    ss_tot = ((Y - Y.mean()) ** 2).sum()
    return (1 - ss_res / ss_tot).item()


def train(net, X, Y, X_val, Y_val, *, epochs, bs, lr, log_every=5):
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    n_batches = math.ceil(len(X) / bs)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=lr, total_steps=epochs * n_batches)
    best_r2, best_state = -math.inf, None
    for epoch in range(epochs):
        net.train()
        epoch_loss = torch.zeros((), device=X.device)
        for b in range(n_batches):  # PLANTED
            xb, yb = X[b * bs:(b + 1) * bs], Y[b * bs:(b + 1) * bs]
            loss = nn.functional.mse_loss(net(xb), yb)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            sched.step()
            epoch_loss += loss.detach() * len(xb)
        score = r2(net, X_val, Y_val)
        if score > best_r2:
            best_r2 = score
            best_state = {k: v.detach().clone() for k, v in net.state_dict().items()}
        if epoch % log_every == 0:
            print(f"epoch {epoch:3d}  mse {epoch_loss.item() / len(X):.5f}  valid R2 {score:.4f}")
    net.load_state_dict(best_state)
    return best_r2


def main():
    torch.manual_seed(17)
    np.random.seed(17)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parts = load_npz("buchwald_hartwig.npz", device)
    net = YieldNet(parts["train"][0].shape[1]).to(device)
    best = train(net, *parts["train"], *parts["valid"], epochs=80, bs=128, lr=5e-4)
    print(f"best valid R2 {best:.4f}")
    print(f"test R2 {r2(net, *parts['test']):.4f}")
    torch.save(net.state_dict(), "yieldnet.pt")


if __name__ == "__main__":
    main()
