"""P classes by K images for metric learning."""
import torch
from pytorch_metric_learning import losses, samplers
from torch.utils import data

from products import Products, Embedder

torch.manual_seed(4)
train = Products("train")
mper = samplers.MPerClassSampler(train.labels, m=4, length_before_new_iter=len(train))
options = {"batch_size": 128, "num_workers": 8, "shuffle": True, "pin_memory": True}
batches = data.DataLoader(train, sampler=mper, **options)  # PLANTED
net = Embedder(128).cuda()
criterion = losses.MultiSimilarityLoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-4)

for epoch in range(30):
    net.train()
    for x, y in batches:
        opt.zero_grad()
        loss = criterion(net(x.cuda()), y)
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item())
