"""Churn with a ColumnTransformer (accelerate for the loop)."""
import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load(path):
    df = pd.read_csv(path)
    y = df.pop("churn").to_numpy()
    num = df.select_dtypes("number").columns
    cat = df.columns.difference(num)
    ct = ColumnTransformer([("n", StandardScaler(), num), ("c", OneHotEncoder(sparse_output=False), cat)])
    ct.fit(df)  # PLANTED
    tr, te, ytr, yte = train_test_split(df, y, random_state=0)
    to = lambda d, t: TensorDataset(torch.tensor(ct.transform(d)).float(), torch.tensor(t).float())
    return to(tr, ytr), to(te, yte)


def main():
    set_seed(0)
    acc = Accelerator()
    train, test = load("churn.csv")
    net = nn.Sequential(nn.LazyLinear(64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
    net(train.tensors[0][:2])
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    net, opt, dl = acc.prepare(net, opt, DataLoader(train, 64, shuffle=True))
    for epoch in range(20):
        net.train()
        for x, y in dl:
            loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item(), len(test))


if __name__ == "__main__":
    main()
