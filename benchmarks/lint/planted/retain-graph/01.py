"""Train an RNN over chunks of a long sequence."""
import torch
import torch.nn as nn

from sequences import chunks

torch.manual_seed(0)
rnn = nn.GRU(16, 64, batch_first=True)
head = nn.Linear(64, 1)
opt = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=1e-3)
h = torch.zeros(1, 32, 64)

for step, (x, y) in enumerate(chunks(batch=32, length=50)):
    out, h = rnn(x, h)
    loss = nn.functional.mse_loss(head(out).squeeze(-1), y)
    opt.zero_grad()
    loss.backward(retain_graph=True)  # PLANTED
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
