"""Truncated back-propagation: the state is detached, the graph freed."""
import torch
from torch import nn

torch.manual_seed(1)


def train(chunks):
    rnn, head = nn.LSTM(8, 32, batch_first=True), nn.Linear(32, 1)
    opt = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=1e-3)
    state = None
    for step, (x, y) in enumerate(chunks):
        out, (h, c) = rnn(x, state)
        state = (h.detach(), c.detach())
        loss = nn.functional.mse_loss(head(out).squeeze(-1), y)
        opt.zero_grad()
        loss.backward(retain_graph=False)
        opt.step()
        if step % 50 == 0:
            print(step, loss.item())
