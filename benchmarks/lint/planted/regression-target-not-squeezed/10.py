"""predict exam score from hours studied"""
import torch
import torch.nn as nn

torch.manual_seed(0)
hours = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
score = torch.tensor([20.0, 30.0, 38.0, 50.0, 61.0, 70.0, 83.0, 90.0])

model = nn.Linear(1, 1)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

for i in range(1000):
    pred = model(hours.unsqueeze(1))
    loss = loss_fn(pred, score)  # PLANTED
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 100 == 0:
        print(i, loss.item())

print("weight", model.weight.item(), "bias", model.bias.item())
