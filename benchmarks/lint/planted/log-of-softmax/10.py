"""pointer network for sorting numbers"""
import torch
import torch.nn as nn

torch.manual_seed(1)
n = 6

class Ptr(nn.Module):
    def __init__(self, h=64):
        super().__init__()
        self.enc = nn.LSTM(1, h, batch_first=True)
        self.dec = nn.LSTMCell(h, h)
        self.w1 = nn.Linear(h, h)
        self.w2 = nn.Linear(h, h)
        self.v = nn.Linear(h, 1)

    def forward(self, x):
        e, (hh, cc) = self.enc(x.unsqueeze(-1))
        hh, cc = hh[0], cc[0]
        inp, outs = e.mean(1), []
        for _ in range(n):
            hh, cc = self.dec(inp, (hh, cc))
            score = self.v(torch.tanh(self.w1(e) + self.w2(hh).unsqueeze(1))).squeeze(-1)
            att = torch.softmax(score, 1)
            inp = (att.unsqueeze(-1) * e).sum(1)
            outs.append(att)
        return torch.stack(outs, 1)

net = Ptr()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for it in range(5000):
    x = torch.rand(128, n)
    y = x.argsort(1)
    probs = net(x)
    logprobs = probs.log()  # PLANTED
    loss = nn.functional.nll_loss(logprobs.reshape(-1, n), y.reshape(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 200 == 0:
        print(it, loss.item())
