"""Energy use of buildings; preprocessing and split in functions."""
import pandas as pd
import torch
from sklearn.preprocessing import RobustScaler
from torch import nn


def preprocess(df):
    cols = [c for c in df.columns if c != "kwh"]
    rs = RobustScaler().fit(df[cols])  # PLANTED
    df[cols] = rs.transform(df[cols])
    return df, cols


def split(df, share=0.8, seed=0):
    train = df.sample(frac=share, random_state=seed)
    return train, df.drop(train.index)


def tensors(df, cols):
    return torch.tensor(df[cols].to_numpy()).float(), torch.tensor(df["kwh"].to_numpy()).float()


def main():
    torch.manual_seed(0)
    df, cols = preprocess(pd.read_csv("buildings.csv"))
    train, test = split(df)
    (xt, yt), (xv, yv) = tensors(train, cols), tensors(test, cols)
    net = nn.Sequential(nn.Linear(len(cols), 64), nn.SiLU(), nn.Linear(64, 1), nn.Flatten(0))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(100):
        net.train()
        for i in torch.randperm(len(xt)).split(128):
            loss = nn.functional.l1_loss(net(xt[i]), yt[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            print(epoch, loss.item(), nn.functional.l1_loss(net(xv), yv).item())


if __name__ == "__main__":
    main()
