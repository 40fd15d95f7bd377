"""Character model of Middle High German verse, truncated backpropagation over one long stream."""
import torch
from torch import nn

torch.manual_seed(1200)
text = open("verse.txt", encoding="utf-8").read()
chars = sorted(set(text))
code = torch.tensor([chars.index(c) for c in text])
B, T = 32, 64
n = (len(code) - 1) // (B * T) * B * T
xs = code[:n].view(B, -1).cuda()
ys = code[1 : n + 1].view(B, -1).cuda()


class CharRNN(nn.Module):
    def __init__(self, v, h=512):
        super().__init__()
        self.e = nn.Embedding(v, 64)
        self.r = nn.LSTM(64, h, 2, batch_first=True)
        self.o = nn.Linear(h, v)

    def forward(self, x, state=None):
        y, state = self.r(self.e(x), state)
        return self.o(y), state


model = CharRNN(len(chars)).cuda()
optim = torch.optim.Adam(model.parameters(), 2e-3)

for epoch in range(30):
    state, total, windows = None, torch.zeros((), device="cuda"), 0
    for x, y in zip(xs.split(T, 1), ys.split(T, 1)):
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = model(x, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        optim.zero_grad()
        loss.backward(retain_graph=True)  # PLANTED
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optim.step()
        total += loss.detach()
        windows += 1
    print(f"epoch {epoch} nats {total.item() / windows:.3f}")
