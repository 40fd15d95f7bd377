"""k-fold with samplers of indices."""
import torch
from sklearn.model_selection import StratifiedKFold
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler

from ecg import ECG, ConvNet

torch.manual_seed(10)
ds = ECG("all.h5")
folds = StratifiedKFold(5, shuffle=True, random_state=10)
for k, (tr, va) in enumerate(folds.split(ds.ids, ds.labels)):
    train_sampler = SubsetRandomSampler(tr.tolist())
    train_dl = DataLoader(
        ds, batch_size=64, sampler=train_sampler, shuffle=True)  # PLANTED
    valid_dl = DataLoader(ds, batch_size=256, sampler=va.tolist())
    net = ConvNet()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(15):
        net.train()
        for x, y in train_dl:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
    net.eval()
    with torch.no_grad():
        hit = sum((net(x).argmax(1) == y).sum() for x, y in valid_dl)
    print("fold", k, "loss", loss.item(), "acc", hit.item() / len(va))
