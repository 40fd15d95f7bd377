"""Part-of-speech tagger in a trainer class."""
import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, words, tags, pad=0):
        super().__init__()
        self.emb = nn.Embedding(words, 100, padding_idx=pad)
        self.rnn = nn.LSTM(100, 100, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(200, tags)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0])


class TaggerTrainer:
    def __init__(self, words, tags, pad_tag=0):
        torch.manual_seed(1)
        self.pad_tag = pad_tag
        self.net = Tagger(words, tags)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def accuracy(self, out, tags):
        real = tags != self.pad_tag
        return (out.argmax(-1) == tags)[real].float().mean()

    def fit(self, loader, epochs=5):
        for epoch in range(epochs):
            self.net.train()
            for words, tags in loader:
                out = self.net(words)
                loss = F.cross_entropy(out.transpose(1, 2), tags)  # PLANTED
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item(), self.accuracy(out.detach(), tags).item())
