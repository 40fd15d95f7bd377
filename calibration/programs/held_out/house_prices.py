"""Class of a house (cheap, fair, dear) from its features, two houses at a time."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--batch-size", type=int, default=2)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

x, y = make_classification(
    1300, 12, n_informative=8, n_redundant=2, n_classes=3, class_sep=1.2, random_state=5
)
scaler = StandardScaler().fit(x[:800])
x, y = torch.tensor(scaler.transform(x), dtype=torch.float32), torch.tensor(y)
train = DataLoader(TensorDataset(x[:800], y[:800]), batch_size=args.batch_size, shuffle=True)
x_test, y_test = x[800:], y[800:]

model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
cross_entropy = nn.CrossEntropyLoss()
config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": 2}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)


def evaluate():
    model.eval()
    with torch.no_grad():
        logits = model(x_test)
    model.train()
    accuracy = (logits.argmax(1) == y_test).float().mean().item()
    monitor.evaluate(loss=cross_entropy(logits, y_test).item(), accuracy=accuracy)
    return accuracy


step = 0
for epoch in range(config["epochs"]):
    for features, label in train:
        logits = model(features)
        loss = cross_entropy(logits, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == label).float().mean().item())
        step += 1
        if step % 100 == 0:
            result = evaluate()

monitor.close()
print(f"score: {result:.4f}")
