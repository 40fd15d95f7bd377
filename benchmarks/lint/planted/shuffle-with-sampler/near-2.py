"""The sampler itself is told to shuffle; the loader is not."""
import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler


def loader_of(ds, batch, seed):
    g = torch.Generator().manual_seed(seed)
    batches = BatchSampler(RandomSampler(ds, generator=g), batch_size=batch, drop_last=True)
    return DataLoader(ds, batch_sampler=batches)


def train(model, ds):
    torch.manual_seed(1)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = loader_of(ds, 32, seed=1)
    model.train()
    for epoch in range(5):
        for x, y in loader:
            loss = torch.nn.functional.mse_loss(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
