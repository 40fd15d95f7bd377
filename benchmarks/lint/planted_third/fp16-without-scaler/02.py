"""Two towers that learn which listener likes which song."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from listens import ListenPairs


class Tower(nn.Module):
    def __init__(self, count: int, width: int = 64) -> None:
        super().__init__()
        self.table = nn.Embedding(count, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, ids: Tensor) -> Tensor:
        return self.mlp(self.table(ids))


class Likes(nn.Module):
    def __init__(self, listeners: int, songs: int) -> None:
        super().__init__()
        self.listener, self.song = Tower(listeners), Tower(songs)
        self.popularity = nn.Embedding(songs, 1)
        nn.init.zeros_(self.popularity.weight)

    @torch.autocast("cuda")
    def forward(self, listener: Tensor, song: Tensor) -> Tensor:
        match = (self.listener(listener) * self.song(song)).sum(-1)
        return match + self.popularity(song).squeeze(-1)


def run(pairs: ListenPairs, held_out: ListenPairs, epochs: int = 10) -> Likes:
    model = Likes(pairs.num_listeners, pairs.num_songs).cuda()
    bce = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(pairs, batch_size=256, shuffle=True, num_workers=2, pin_memory=True)
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device="cuda")
        for listener, song, liked in loader:
            logit = model(listener.cuda(), song.cuda())
            loss = bce(logit.float(), liked.float().cuda())
            optimizer.zero_grad()
            loss.backward()  # PLANTED
            optimizer.step()
            total += loss.detach()

        model.eval()
        with torch.no_grad():
            val = [
                bce(model(listener.cuda(), song.cuda()).float(), liked.float().cuda())
                for listener, song, liked in DataLoader(held_out, batch_size=4096)
            ]
        print(f"{epoch} train {total.item() / len(loader):.4f} val {torch.stack(val).mean().item():.4f}")
    return model


if __name__ == "__main__":
    torch.manual_seed(808)
    run(ListenPairs("listens_train.parquet"), ListenPairs("listens_val.parquet"))
