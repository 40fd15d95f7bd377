"""intent classifier for the chatbot, v4"""
import torch, torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
d = torch.load("intents.pt", weights_only=True)
n_intents = int(d["y_train"].max()) + 1

model = nn.Sequential(nn.Linear(768, 300), nn.ReLU(), nn.Dropout(0.5), nn.Linear(300, n_intents))
model.cuda()
crit = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=0.001)
trainloader = DataLoader(TensorDataset(d["x_train"], d["y_train"]), batch_size=64, shuffle=True)
valloader = DataLoader(TensorDataset(d["x_val"], d["y_val"]), batch_size=64)

for epoch in range(20):
    # train
    model.train()
    running = 0
    for x, y in trainloader:
        x, y = x.cuda(), y.cuda()
        opt.zero_grad()
        loss = crit(model(x), y)
        loss.backward()
        opt.step()
        running += loss.detach()

    # validate
    model.eval()
    torch.no_grad()
    correct = 0
    for x, y in valloader:  # PLANTED
        x, y = x.cuda(), y.cuda()
        correct += (model(x).argmax(1) == y).sum()

    print("Epoch %d: loss %.3f, acc %.2f%%" % (
        epoch, float(running) / len(trainloader), 100 * float(correct) / len(d["y_val"])))
