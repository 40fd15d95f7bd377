"""Disease progression after a year (the diabetes data of scikit-learn)."""

import argparse

import torch
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=args.seed)
x_scaler = StandardScaler().fit(x_train)
y_mean, y_std = y_train.mean(), y_train.std()

train_set = TensorDataset(
    torch.tensor(x_scaler.transform(x_train), dtype=torch.float32),
    torch.tensor((y_train - y_mean) / y_std, dtype=torch.float32),
)
test_x = torch.tensor(x_scaler.transform(x_test), dtype=torch.float32)
test_y = torch.tensor((y_test - y_mean) / y_std, dtype=torch.float32)

model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=12, gamma=0.3)
loss_fn = nn.MSELoss()
loader = DataLoader(train_set, batch_size=16, shuffle=True)
config = {"lr": 0.01, "batch_size": 16, "epochs": 18, "weight_decay": 1e-3}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)


def run_validation():
    model.eval()
    with torch.no_grad():
        pred = model(test_x)
    model.train()
    return loss_fn(pred.flatten(), test_y).item(), r2_score(test_y.numpy(), pred.flatten().numpy())


for epoch in range(config["epochs"]):
    for features, target in loader:
        optimizer.zero_grad()
        prediction = model(features)
        loss = loss_fn(prediction, target)
        loss.backward()
        optimizer.step()
        monitor.step(loss)
    scheduler.step()
    val_loss, r2 = run_validation()
    monitor.evaluate(loss=val_loss)
    print(f"epoch {epoch + 1}: val mse {val_loss:.3f}, r2 {r2:.3f}")

monitor.close()
print(f"score: {r2:.4f}")
