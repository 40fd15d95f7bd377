"""Language model over a novel: a two-layer LSTM carries its state from chunk to chunk."""

import torch
import torch.nn as nn

torch.manual_seed(1851)
text = open("moby_dick.txt").read()
vocab = sorted(set(text))
index = {c: i for i, c in enumerate(vocab)}
data = torch.tensor([index[c] for c in text])
B, T, H = 32, 100, 256
length = len(data) // B
data = data[: B * length].view(B, length).cuda()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(vocab), H)
        self.lstm = nn.LSTM(H, H, 2, batch_first=True)
        self.fc = nn.Linear(H, len(vocab))

    def forward(self, x, state=None):
        out, state = self.lstm(self.emb(x), state)
        return self.fc(out), state


net = Net().cuda()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=1.0)

for epoch in range(30):
    state = None
    total, chunks = torch.zeros((), device="cuda"), 0
    for at in range(0, length - T - 1, T):
        net.zero_grad()
        logits, state = net(data[:, at : at + T], state)
        state = tuple(s.detach() for s in state)
        loss = criterion(logits.transpose(1, 2), data[:, at + 1 : at + T + 1])
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)  # PLANTED
        total += loss.detach()
        chunks += 1
    print(f"epoch {epoch} perplexity {(total / chunks).exp().item():.2f}")
