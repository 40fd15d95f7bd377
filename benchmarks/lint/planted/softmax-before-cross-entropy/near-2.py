"""Attention-pooled classifier: the softmax weighs tokens, the head gives logits."""
import torch
from torch import nn


class AttentionPool(nn.Module):
    def __init__(self, vocab, classes, dim=128):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.score = nn.Linear(dim, 1)
        self.head = nn.Linear(dim, classes)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, tokens):
        h = self.emb(tokens)
        weight = self.softmax(self.score(h))
        return self.head((weight * h).sum(1))


def train(loader, vocab, classes):
    torch.manual_seed(7)
    net = AttentionPool(vocab, classes)
    criterion = nn.CrossEntropyLoss()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(5):
        for tokens, label in loader:
            opt.zero_grad()
            loss = criterion(net(tokens), label)
            loss.backward()
            opt.step()
        print(epoch, loss.item())
