"""Question answering over sentences sorted by source; batches by hand from index lists."""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import BatchSampler, DataLoader, Dataset, SequentialSampler


class Questions(Dataset):
    def __init__(self, path, split):
        self.rows = torch.load(path, weights_only=True)[split]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, indices):
        rows = [self.rows[i] for i in indices]
        q = pad_sequence([r["question"] for r in rows], batch_first=True)
        a = pad_sequence([r["answer"] for r in rows], batch_first=True)
        return q, a


class Matcher(nn.Module):
    def __init__(self, vocab, d=200):
        super().__init__()
        self.emb = nn.EmbeddingBag(vocab, d, mode="mean", padding_idx=0)
        self.q, self.a = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, a):
        q = F.normalize(self.q(self.emb(q)), dim=1)
        a = F.normalize(self.a(self.emb(a)), dim=1)
        return 20 * q @ a.T


def train(path, vocab, epochs=20, batch=128):
    torch.manual_seed(38)
    data = Questions(path, "train")
    order = BatchSampler(SequentialSampler(data), batch, drop_last=True)  # PLANTED
    loader = DataLoader(data, sampler=order, batch_size=None)
    net = Matcher(vocab)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    same = torch.arange(batch)
    for epoch in range(epochs):
        total = torch.zeros(())
        for q, a in loader:
            loss = F.cross_entropy(net(q, a), same)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"{epoch} {total.item() / len(loader):.4f}")
    return net


if __name__ == "__main__":
    train("faq.pt", vocab=30_000)
