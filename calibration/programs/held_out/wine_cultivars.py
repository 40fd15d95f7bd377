import argparse

import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from neural_trainer.live.monitor import Monitor

ap = argparse.ArgumentParser(description="Which cultivar is this wine from?")
ap.add_argument("--out", required=True)
ap.add_argument("--seed", type=int, default=0)
args = ap.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(1)
np.random.seed(args.seed)

LR = 0.005
BATCH = 16
EPOCHS = 40

wine = load_wine()
X_train, X_test, y_train, y_test = train_test_split(
    wine.data, wine.target, test_size=0.3, random_state=args.seed, stratify=wine.target
)
X_train, X_test = X_train.astype(np.float32), X_test.astype(np.float32)

X_train, y_train = torch.from_numpy(X_train), torch.from_numpy(y_train)
X_test, y_test = torch.from_numpy(X_test), torch.from_numpy(y_test)

net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3))
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=LR, momentum=0.9)
monitor = Monitor(
    args.out,
    net,
    opt,
    config=dict(lr=LR, batch_size=BATCH, epochs=EPOCHS, momentum=0.9),
    activations=True,
    judge=False,
)

for epoch in range(EPOCHS):
    order = torch.randperm(len(X_train))
    for i in range(0, len(order), BATCH):
        batch = order[i : i + BATCH]
        pred = net(X_train[batch])
        loss = loss_fn(pred, y_train[batch])
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits = (pred.argmax(dim=1) == y_train[batch]).float().mean()
        monitor.step(loss, accuracy=float(hits))
    with torch.no_grad():
        pred = net(X_test)
        val_loss = loss_fn(pred, y_test)
        val_acc = (pred.argmax(dim=1) == y_test).float().mean()
    monitor.evaluate(loss=float(val_loss), accuracy=float(val_acc))

monitor.close()
print(f"score: {val_acc:.4f}")
