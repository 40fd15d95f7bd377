"""Learning to rank pairs."""
import torch
from torch import nn
from torch.nn import MarginRankingLoss

from ranking import Scorer, pairs

torch.manual_seed(7)
scorer = Scorer().cuda()
rank = MarginRankingLoss(margin=1.0, size_average=False)  # PLANTED
sgd = torch.optim.SGD(scorer.parameters(), lr=0.1)
for epoch in range(20):
    scorer.train()
    for a, b, sign in pairs("train", batch_size=512, shuffle=True):
        loss = rank(scorer(a.cuda()), scorer(b.cuda()), sign.cuda())
        sgd.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(scorer.parameters(), 1.0)
        sgd.step()
    print(epoch, loss.item())
