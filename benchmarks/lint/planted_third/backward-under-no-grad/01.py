"""Fine-tunes a ResNet on ants and bees, after the transfer learning tutorial."""
import copy
import time

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

torch.manual_seed(0)
norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
tf = {
    'train': transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                                 transforms.ToTensor(), norm]),
    'val': transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224),
                               transforms.ToTensor(), norm]),
}
sets = {k: datasets.ImageFolder(f'hymenoptera/{k}', tf[k]) for k in tf}
loaders = {k: DataLoader(sets[k], batch_size=16, shuffle=(k == 'train'), num_workers=4) for k in tf}
device = torch.device('cuda:0')

net = models.resnet18(weights=models.ResNet18_Weights.DEFAULT)
net.fc = nn.Linear(net.fc.in_features, 2)
net = net.to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)

best_acc, best = 0.0, copy.deepcopy(net.state_dict())
t0 = time.time()
for epoch in range(25):
    for phase in ('train', 'val'):
        net.train(phase == 'train')
        total, hits = torch.zeros((), device=device), torch.zeros((), device=device)
        for x, y in loaders[phase]:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == 'training'):
                out = net(x)
                loss = criterion(out, y)
                if phase == 'train':
                    loss.backward()  # PLANTED
                    optimizer.step()
            total += loss.detach() * len(x)
            hits += (out.argmax(1) == y).sum()
        n = len(sets[phase])
        acc = hits.item() / n
        print(f'{epoch} {phase}: loss {total.item() / n:.4f} acc {acc:.4f}')
        if phase == 'train':
            scheduler.step()
        elif acc > best_acc:
            best_acc, best = acc, copy.deepcopy(net.state_dict())

print(f'{time.time() - t0:.0f} s, best val acc {best_acc:.4f}')
net.load_state_dict(best)
