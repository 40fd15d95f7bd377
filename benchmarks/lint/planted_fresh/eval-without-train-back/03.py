"""Poems by a GRU that writes a few lines after each epoch, to see how it gets on."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Poet(nn.Module):
    def __init__(self, symbols, hidden=384):
        super().__init__()
        self.emb = nn.Embedding(symbols, hidden)
        self.rnn = nn.GRU(hidden, hidden, num_layers=2, dropout=0.4, batch_first=True)
        self.drop = nn.Dropout(0.4)
        self.out = nn.Linear(hidden, symbols)

    def forward(self, x, h=None):
        y, h = self.rnn(self.drop(self.emb(x)), h)
        return self.out(y), h

    @torch.no_grad()
    def write(self, start, length=200, heat=0.8):
        self.eval()  # PLANTED
        x = torch.tensor([start], device=self.out.weight.device)
        said, h = [x], None
        for _ in range(length):
            logits, h = self(x, h)
            x = torch.multinomial(F.softmax(logits[:, -1] / heat, dim=-1), 1)
            said.append(x)
        return torch.cat(said, dim=1)[0].tolist()


torch.manual_seed(1609)
lines = open("sonnets.txt").read()
alphabet = sorted(set(lines))
code = {c: i for i, c in enumerate(alphabet)}
corpus = torch.tensor([code[c] for c in lines], device="cuda")

poet = Poet(len(alphabet)).to("cuda")
opt = torch.optim.Adam(poet.parameters(), lr=2e-3)
poet.train()
for epoch in range(40):
    for _ in range(200):
        at = torch.randint(len(corpus) - 101, (64, 1)) + torch.arange(101)
        batch = corpus[at]
        logits, _ = poet(batch[:, :-1])
        loss = F.cross_entropy(logits.transpose(1, 2), batch[:, 1:])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(poet.parameters(), 1.0)
        opt.step()
    print(f"--- epoch {epoch}, loss {loss.item():.3f}")
    print("".join(alphabet[i] for i in poet.write([code["S"]])))
