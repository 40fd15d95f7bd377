"""rnn names generator (tutorial follow-along)"""
import torch
import torch.nn as nn
from names_data import random_example, N_LETTERS

torch.manual_seed(0)

class RNN(nn.Module):
    def __init__(self, hidden=128):
        super(RNN, self).__init__()
        self.hidden = hidden
        self.i2h = nn.Linear(N_LETTERS + hidden, hidden)
        self.h2o = nn.Linear(hidden, N_LETTERS)
    def forward(self, x, h):
        h = torch.tanh(self.i2h(torch.cat((x, h), 1)))
        return self.h2o(h), h

rnn = RNN()
opt = torch.optim.SGD(rnn.parameters(), lr=0.005)
crit = nn.CrossEntropyLoss()

def train(inp, target):
    h = torch.zeros(1, rnn.hidden)
    rnn.zero_grad()
    loss = 0
    for i in range(inp.size(0)):
        out, h = rnn(inp[i], h)
        loss = loss + crit(out, target[i])
    loss.backward()
    opt.step()
    torch.nn.utils.clip_grad_norm_(rnn.parameters(), 1)  # PLANTED
    return loss.item() / inp.size(0)

for it in range(1, 100001):
    l = train(*random_example())
    if it % 5000 == 0:
        print(it, l)
