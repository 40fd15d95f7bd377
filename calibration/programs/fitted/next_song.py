"""Predict the next song of a playlist, with tied input and output embeddings."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

SONGS, LENGTH = 80, 12


class NextSong(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embedding = nn.Embedding(SONGS, dim)
        self.encoder = nn.GRU(dim, dim, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(SONGS))
        nn.init.normal_(self.embedding.weight, std=0.1)

    def forward(self, songs):
        states, _ = self.encoder(self.embedding(songs))
        return F.linear(states, self.embedding.weight, self.bias)


def playlists(n):
    """Most songs are followed by one of the same album of eight."""
    songs = [torch.randint(0, SONGS, (n,))]
    for _ in range(LENGTH):
        following = songs[-1] // 8 * 8 + (songs[-1] + 1) % 8
        other = torch.randint(0, SONGS, (n,))
        songs.append(torch.where(torch.rand(n) < 0.75, following, other))
    songs = torch.stack(songs, dim=1)
    return songs[:, :-1], songs[:, 1:]


def param_groups(model, lr, embedding_factor):
    rest = [p for n, p in model.named_parameters() if not n.startswith("embedding")]
    return [
        {"params": model.embedding.parameters(), "lr": lr * embedding_factor},
        {"params": rest, "lr": lr},
    ]


@torch.no_grad()
def evaluate(model, songs, following):
    logits = model(songs)
    loss = F.cross_entropy(logits.flatten(0, 1), following.flatten()).item()
    return loss, (logits.argmax(-1) == following).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--embedding-factor", type=float, default=5000.0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    songs, y = playlists(3000)
    x_train, y_train, x_test, y_test = songs[:2500], y[:2500], songs[2500:], y[2500:]
    model = NextSong()
    optimizer = torch.optim.AdamW(param_groups(model, args.lr, args.embedding_factor))
    config = {"lr": args.lr, "batch_size": 64, "steps": 400, "vocab": SONGS}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for step in range(1, config["steps"] + 1):
        rows = torch.randint(0, len(x_train), (config["batch_size"],))
        logits = model(x_train[rows])
        loss = F.cross_entropy(logits.flatten(0, 1), y_train[rows].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(-1) == y_train[rows]).float().mean().item())
        if step % 40 == 0:
            val_loss, val_accuracy = evaluate(model, x_test, y_test)
            monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
            print(f"step {step}: loss {val_loss:.3f} accuracy {val_accuracy:.3f}")

    monitor.close()
    print(f"score: {evaluate(model, x_test, y_test)[1]:.4f}")


if __name__ == "__main__":
    main()
