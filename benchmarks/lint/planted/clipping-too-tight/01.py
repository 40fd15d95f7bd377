"""Train a recurrent net with clipped gradients."""
import torch
import torch.nn as nn

from imdb import loader, LSTMNet

torch.manual_seed(0)
net = LSTMNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
ce = nn.CrossEntropyLoss()
for epoch in range(10):
    net.train()
    for x, y in loader:
        opt.zero_grad()
        loss = ce(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1e-6)  # PLANTED
        opt.step()
    print(epoch, loss.item())
