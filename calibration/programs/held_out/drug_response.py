"""Does a patient respond to the drug? 3000 expression levels, few patients."""

import argparse

import numpy as np
import torch
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

from neural_trainer.live.monitor import Monitor


def cohort(n, seed):
    rng = np.random.default_rng(seed)
    levels = rng.normal(size=(n, 3000))
    responds = (levels[:, :5].sum(1) * 0.5 + rng.normal(size=n) > 0).astype(np.int64)
    return levels, responds


def prepare(levels, responds, seed, k=40):
    selector = SelectKBest(f_classif, k=k)
    levels = selector.fit_transform(levels, responds)
    x_train, x_test, y_train, y_test = train_test_split(
        levels, responds, test_size=0.3, random_state=seed, stratify=responds
    )
    scaler = StandardScaler().fit(x_train)
    x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
    return (
        torch.tensor(x_train, dtype=torch.float32),
        torch.tensor(y_train),
        torch.tensor(x_test, dtype=torch.float32),
        torch.tensor(y_test),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y, x_test, y_test = prepare(*cohort(240, args.seed), args.seed)
    model = nn.Sequential(nn.Linear(x.shape[1], 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    monitor = Monitor(
        args.out,
        model,
        optimizer,
        {"lr": 1e-3, "batch_size": 24, "weight_decay": 0.1},
        activations=True,
        judge=False,
    )
    for epoch in range(40):
        model.train()
        for batch in torch.randperm(len(x)).split(24):
            out = model(x[batch])
            loss = criterion(out, y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == y[batch]).float().mean().item())
        if epoch % 4 == 3:
            model.eval()
            with torch.no_grad():
                out = model(x_test)
            accuracy = (out.argmax(1) == y_test).float().mean().item()
            monitor.evaluate(loss=criterion(out, y_test).item(), accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
