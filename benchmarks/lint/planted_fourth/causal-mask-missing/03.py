"""Offline RL with a return-conditioned sequence model (actions from interleaved R, s, a tokens)."""
import pickle
import random
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

cfg = SimpleNamespace(path="data/hopper-medium.pkl", K=20, dim=128, depth=3, heads=4, dropout=0.1, scale=1000.0,
                      lr=1e-4, wd=1e-4, warmup=2000, updates=50_000, batch=64, log=500, seed=0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Windows(Dataset):
    def __init__(self, trajs, mean, std):
        self.trajs, self.mean, self.std = trajs, mean, std
        self.index = [(i, t) for i, tr in enumerate(trajs) for t in range(len(tr["rewards"]))]

    def __len__(self):
        return len(self.index)

    def __getitem__(self, j):
        i, t = self.index[j]
        tr, K = self.trajs[i], cfg.K
        s = (tr["observations"][t:t + K] - self.mean) / self.std
        a = tr["actions"][t:t + K]
        g = np.cumsum(tr["rewards"][::-1])[::-1][t:t + K] / cfg.scale
        n = len(s)
        right = lambda x: np.concatenate([x, np.zeros((K - n, x.shape[1]))]).astype(np.float32)
        steps = np.minimum(np.arange(t, t + K), 999)
        return right(g[:, None]), right(s), right(a), steps, np.arange(K) < n


class Layer(nn.Module):
    def __init__(self, dim, heads, p):
        super().__init__()
        self.norm_a, self.norm_m = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), nn.Dropout(p))

    def forward(self, x, attn_mask=None, pad_mask=None):
        h = self.norm_a(x)
        h, _ = self.attn(h, h, h, key_padding_mask=pad_mask, need_weights=False)  # PLANTED
        x = x + h
        return x + self.mlp(self.norm_m(x))


class DecisionTransformer(nn.Module):
    def __init__(self, s_dim, a_dim):
        super().__init__()
        d = cfg.dim
        self.emb_g, self.emb_s, self.emb_a = nn.Linear(1, d), nn.Linear(s_dim, d), nn.Linear(a_dim, d)
        self.emb_t = nn.Embedding(1000, d)
        self.norm_in = nn.LayerNorm(d)
        self.layers = nn.ModuleList(Layer(d, cfg.heads, cfg.dropout) for _ in range(cfg.depth))
        self.norm_out = nn.LayerNorm(d)
        self.to_action = nn.Sequential(nn.Linear(d, a_dim), nn.Tanh())
        mask = torch.triu(torch.ones(3 * cfg.K, 3 * cfg.K, dtype=torch.bool), diagonal=1)
        self.register_buffer("causal", mask, persistent=False)

    def forward(self, g, s, a, t, valid):
        B, K = t.shape
        e = self.emb_t(t)
        x = torch.stack([self.emb_g(g) + e, self.emb_s(s) + e, self.emb_a(a) + e], dim=2).flatten(1, 2)
        x = self.norm_in(x)
        pad = (~valid).repeat_interleave(3, dim=1)
        L = 3 * K
        for layer in self.layers:
            x = layer(x, attn_mask=self.causal[:L, :L], pad_mask=pad)
        x = self.norm_out(x).view(B, K, 3, -1)
        return self.to_action(x[:, :, 1])


def action_loss(model, batch):
    g, s, a, t, valid = (x.to(device) for x in batch)
    err = (model(g, s, a, t, valid) - a).square().mean(-1)
    return err[valid].mean()


@torch.no_grad()
def holdout(model, loader):
    model.eval()
    out = torch.stack([action_loss(model, b) for b in loader]).mean().item()
    model.train()
    return out


def endless(loader):
    while True:
        yield from loader


def main():
    random.seed(cfg.seed)
    np.random.seed(cfg.seed)
    torch.manual_seed(cfg.seed)
    with open(cfg.path, "rb") as fh:
        trajs = pickle.load(fh)
    random.shuffle(trajs)
    cut = int(0.95 * len(trajs))
    states = np.concatenate([tr["observations"] for tr in trajs[:cut]])
    mean, std = states.mean(0), states.std(0) + 1e-6
    train = DataLoader(Windows(trajs[:cut], mean, std), cfg.batch, shuffle=True, drop_last=True, num_workers=4)
    held = DataLoader(Windows(trajs[cut:], mean, std), 256)

    model = DecisionTransformer(states.shape[1], trajs[0]["actions"].shape[1]).to(device)
    matrices = [p for n, p in model.named_parameters() if p.ndim >= 2 and "emb_t" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim < 2 or "emb_t" in n]
    opt = torch.optim.AdamW([{"params": matrices, "weight_decay": cfg.wd}, {"params": others, "weight_decay": 0.0}], lr=cfg.lr)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda u: min((u + 1) / cfg.warmup, 1))

    model.train()
    for u, batch in zip(range(1, cfg.updates + 1), endless(train)):
        loss = action_loss(model, batch)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        opt.step()
        sched.step()
        if u % cfg.log == 0:
            print(f"{u}: train {loss.item():.4f} held-out {holdout(model, held):.4f}")
    torch.save({"model": model.state_dict(), "mean": torch.tensor(mean), "std": torch.tensor(std)}, "dt.pt")


if __name__ == "__main__":
    main()
