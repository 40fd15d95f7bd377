"""Sentiment LSTM, loop wrapped in a try so that Ctrl-C keeps the weights."""
import torch
import torch.nn as nn
from tqdm import tqdm

from reviews import build_loaders, vocab_size

torch.manual_seed(2020)


class LSTMClassifier(nn.Module):
    def __init__(self, vocab, dim=100, hidden=256):
        super(LSTMClassifier, self).__init__()
        self.embedding = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, text):
        _, (h, _) = self.rnn(self.embedding(text))
        return self.out(h[-1]).squeeze(1)


train_iter, _ = build_loaders(batch_size=64)
net = LSTMClassifier(vocab_size())
optim = torch.optim.Adam(net.parameters())
crit = nn.BCEWithLogitsLoss()

try:
    for ep in range(10):
        net.train()
        bar = tqdm(train_iter, desc=f"epoch {ep}")
        n = 0
        for text, label in bar:
            out = net(text)
            err = crit(out, label.float())
            err.backward()  # PLANTED
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optim.step()
            n += 1
            if n % 50 == 0:
                bar.set_postfix(loss=f"{err.item():.3f}")
except KeyboardInterrupt:
    print("stopped early")
torch.save({"model": net.state_dict(), "optim": optim.state_dict()}, "lstm.pt")
