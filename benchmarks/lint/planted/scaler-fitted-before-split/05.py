"""Bag of words with a TF-IDF vectoriser."""
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(8)
df = pd.read_csv("tickets.csv")
vec = TfidfVectorizer(max_features=5000, stop_words="english")
features = vec.fit_transform(df["text"]).toarray()  # PLANTED
classes = df["queue"].astype("category").cat.codes.to_numpy()
Xa, Xb, ya, yb = train_test_split(features, classes, test_size=0.2, random_state=8)
Xa, Xb = torch.tensor(Xa).float(), torch.tensor(Xb).float()
ya, yb = torch.tensor(ya).long(), torch.tensor(yb).long()

model = nn.Sequential(nn.Linear(Xa.size(1), 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, int(ya.max()) + 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(20):
    model.train()
    for idx in torch.randperm(len(Xa)).split(64):
        optimizer.zero_grad()
        loss = criterion(model(Xa[idx]), ya[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(Xb).argmax(1) == yb).float().mean()
    print(epoch, loss.item(), acc.item())
