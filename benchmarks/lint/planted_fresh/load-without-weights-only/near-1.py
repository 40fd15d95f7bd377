"""Fine-tune a sound tagger from published weights, all files read in one safe way."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from sounds import Cnn14, ESC50

READ = dict(map_location="cpu", weights_only=True)

torch.manual_seed(50)
net = Cnn14(classes=527)
net.load_state_dict(torch.load("cnn14_map0.431.pth", **READ)["model"])
net.classifier = nn.Linear(2048, 50)
net.cuda()
mean, std = torch.load("logmel_statistics.pt", **READ)
opt = torch.optim.Adam(net.parameters(), lr=1e-4)
loader = DataLoader(ESC50(folds=(1, 2, 3)), batch_size=32, shuffle=True, num_workers=4)

net.train()
for epoch in range(30):
    total = torch.zeros((), device="cuda")
    for mel, sound in loader:
        logits = net(((mel - mean) / std).cuda())
        loss = nn.functional.cross_entropy(logits, sound.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
