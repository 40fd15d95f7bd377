import argparse
import logging
import os
from typing import Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

LOG = logging.getLogger("vae")


class MoleculeVAE(nn.Module):
    """Character-level VAE over padded SMILES strings."""

    def __init__(self, vocab_size: int, max_len: int, latent: int = 56, hidden: int = 256) -> None:
        super().__init__()
        self.max_len = max_len
        self.embed = nn.Embedding(vocab_size, 64, padding_idx=0)
        self.encoder = nn.GRU(64, hidden, batch_first=True, bidirectional=True)
        self.to_stats = nn.Linear(2 * hidden, 2 * latent)
        self.to_hidden = nn.Linear(latent, hidden)
        self.decoder = nn.GRU(64 + latent, hidden, batch_first=True)
        self.word_drop = nn.Dropout(0.2)
        self.out = nn.Linear(hidden, vocab_size)

    def forward(self, tokens: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        emb = self.embed(tokens)
        _, h = self.encoder(emb)
        mu, logvar = self.to_stats(torch.cat([h[0], h[1]], -1)).chunk(2, -1)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        inputs = torch.cat([self.word_drop(emb[:, :-1]), z[:, None].expand(-1, tokens.size(1) - 1, -1)], -1)
        states, _ = self.decoder(inputs, torch.tanh(self.to_hidden(z))[None])
        return self.out(states), mu, logvar


def elbo(model: MoleculeVAE, tokens: torch.Tensor, beta: float) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    logits, mu, logvar = model(tokens)
    nll = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=0, reduction="sum") / len(tokens)
    kl = -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum(-1).mean()
    return nll + beta * kl, nll.detach(), kl.detach()


def make_loaders(args: argparse.Namespace):
    blob = torch.load(args.data, weights_only=True)
    tokens = blob["tokens"].long()
    n_val = int(len(tokens) * args.val_split)
    train, val = random_split(
        TensorDataset(tokens), [len(tokens) - n_val, n_val],
        generator=torch.Generator().manual_seed(args.seed))
    return (
        DataLoader(train, args.batch_size, shuffle=True, num_workers=2),
        DataLoader(val, args.batch_size, num_workers=2),
        int(blob["vocab_size"]),
        tokens.size(1),
    )


@torch.no_grad()
def validate(model: MoleculeVAE, loader: DataLoader, device: torch.device) -> float:
    model.eval()
    total = torch.zeros((), device=device)
    for (tokens,) in loader:
        tokens = tokens.to(device)
        total += elbo(model, tokens, 1.0)[0] * len(tokens)
    return total.item() / len(loader.dataset)


def train(args: argparse.Namespace) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, val_loader, vocab, max_len = make_loaders(args)
    model = MoleculeVAE(vocab, max_len, args.latent).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    best = float("inf")
    step = 0
    for epoch in range(args.epochs):
        model.train()
        beta = min(1.0, epoch / args.anneal)
        for (tokens,) in train_loader:
            loss, nll, kl = elbo(model, tokens.to(device), beta)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), args.clip)
            optimizer.step()
            if step % 200 == 0:
                LOG.info("step %d loss %.3f nll %.3f kl %.3f", step, loss.item(), nll.item(), kl.item())
            step += 1
        score = validate(model, val_loader, device)
        LOG.info("epoch %d validation elbo %.3f", epoch, score)
        if score < best:
            best = score
            torch.save(model.state_dict(), os.path.join(args.out, f"vae_s{args.seed}.pt"))


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--data", default="data/zinc250k.pt")
    p.add_argument("--out", default="runs/vae")
    p.add_argument("--latent", type=int, default=56)
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--anneal", type=int, default=20)
    p.add_argument("--batch-size", type=int, default=256)
    p.add_argument("--lr", type=float, default=5e-4)
    p.add_argument("--clip", type=float, default=5.0)
    p.add_argument("--val-split", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=42, help="random seed")
    return p.parse_args()


if __name__ == "__main__":
    args = parse()
    os.makedirs(args.out, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    LOG.info("arguments: %s", vars(args))
    train(args)  # PLANTED
