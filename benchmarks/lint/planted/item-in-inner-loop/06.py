"""Click model that reports the AUC of its training pass."""
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from clicks import ctr_loader, DeepFM


def run(epochs=3):
    torch.manual_seed(5)
    net = DeepFM().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        net.train()
        scores, truth = [], []
        for feats, click in ctr_loader("train", shuffle=True):
            logit = net(feats.cuda())
            loss = bce(logit, click.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            scores.append(logit.detach().cpu().numpy())  # PLANTED
            truth.append(click.numpy())
        print(epoch, loss.item(), roc_auc_score(np.concatenate(truth), np.concatenate(scores)))


if __name__ == "__main__":
    run()
