"""fashion mnist on gpu, print average loss"""
import torch
import torch.nn as nn
from torchvision import datasets, transforms

torch.manual_seed(0)
dl = torch.utils.data.DataLoader(
    datasets.FashionMNIST("d", download=True, transform=transforms.ToTensor()), batch_size=32, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 500), nn.ReLU(), nn.Linear(500, 10)).to("cuda")
opt = torch.optim.Adam(net.parameters())
ce = nn.CrossEntropyLoss()
for e in range(10):
    net.train()
    l_list = []
    for im, la in dl:
        im = im.to("cuda")
        la = la.to("cuda")
        opt.zero_grad()
        out = net(im)
        loss = ce(out, la)
        loss.backward()
        opt.step()
        l_list += [loss.data.cpu().item()]  # PLANTED
    print(e, sum(l_list) / len(l_list))
