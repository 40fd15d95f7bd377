"""Trains a transformer that sorts lists of numbers, with the rate of the original paper."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

WIDTH, LENGTH, NUMBERS = 256, 20, 100
WARMUP = 4000  # updates


def noam(update):
    update += 1
    return WIDTH**-0.5 * min(update**-0.5, update * WARMUP**-1.5)


class Sorter(nn.Module):
    def __init__(self):
        super().__init__()
        self.number = nn.Embedding(NUMBERS, WIDTH)
        self.place = nn.Parameter(0.02 * torch.randn(LENGTH, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, 8, 1024, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4)
        self.out = nn.Linear(WIDTH, NUMBERS)

    def forward(self, numbers):
        return self.out(self.encoder(self.number(numbers) + self.place))


def batches(count, device, size=128):
    for _ in range(count):
        numbers = torch.randint(NUMBERS, (size, LENGTH), device=device)
        yield numbers, numbers.sort(dim=1).values


def train_one_epoch(model, optimizer, device):
    model.train()
    mean = 0.0
    for i, (numbers, ordered) in enumerate(batches(1000, device)):
        loss = nn.functional.cross_entropy(model(numbers).transpose(1, 2), ordered)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean = mean + (loss.detach() - mean) / (i + 1)
    return mean.item()


@torch.no_grad()
def share_sorted(model, device):
    model.eval()
    rows = [(model(n).argmax(-1) == o).all(1) for n, o in batches(10, device)]
    return torch.cat(rows).float().mean().item()


def main():
    torch.manual_seed(51)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Sorter().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    rate = LambdaLR(optimizer, noam)
    for epoch in range(60):
        loss = train_one_epoch(model, optimizer, device)
        print(epoch, f"{loss:.4f}", f"{share_sorted(model, device):.3f}")
        rate.step()  # PLANTED


main()
