"""xor net"""
import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])

net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
loss_fn = nn.BCEWithLogitsLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.5)

for i in range(2000):
    opt.zero_grad()
    out = net(X)
    loss = loss_fn(out, Y)
    loss.backward(retain_graph=True)  # PLANTED
    opt.step()
    if i % 200 == 0:
        print(i, loss.item())
print((net(X) > 0).int().flatten().tolist())
