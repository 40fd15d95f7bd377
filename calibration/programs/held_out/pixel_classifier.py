import argparse

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 96)
        self.norm = nn.LayerNorm(96)
        self.drop = nn.Dropout(0.1)
        self.fc2 = nn.Linear(96, 10)

    def forward(self, x):
        x = self.drop(F.relu(self.norm(self.fc1(x))))
        return F.log_softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer, scheduler, monitor):
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        correct = output.argmax(dim=1).eq(target).float().mean().item()
        monitor.step(loss, accuracy=correct)


def test(model, loader):
    model.eval()
    total_loss, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            total_loss += F.nll_loss(output, target, reduction="sum").item()
            correct += output.argmax(dim=1).eq(target).sum().item()
            count += len(target)
    return total_loss / count, correct / count


def main():
    parser = argparse.ArgumentParser(description="digits from pixels")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--step-size", type=int, default=8)
    parser.add_argument("--gamma", type=float, default=0.3)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = load_digits(return_X_y=True)
    dataset = TensorDataset(torch.tensor(x / 16.0, dtype=torch.float32), torch.tensor(y))
    train_set, test_set = random_split(dataset, [1400, len(dataset) - 1400])
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=200)

    model = Net()
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=0.8)
    scheduler = StepLR(optimizer, step_size=args.step_size, gamma=args.gamma)
    config = {k: v for k, v in vars(args).items() if k != "out"}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(1, args.epochs + 1):
        train(model, train_loader, optimizer, scheduler, monitor)
        loss, accuracy = test(model, test_loader)
        monitor.evaluate(loss=loss, accuracy=accuracy)
        print(f"epoch {epoch}: test loss {loss:.4f}, accuracy {accuracy:.4f}")
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
