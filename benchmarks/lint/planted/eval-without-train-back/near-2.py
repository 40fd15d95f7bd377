"""Train, then evaluate once at the end: nothing is trained after eval()."""
import torch
import torch.nn.functional as F

from imdb import loaders, TextCNN

torch.manual_seed(2)
train_dl, test_dl = loaders(batch_size=64)
model = TextCNN()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(4):
    model.train()
    for text, label in train_dl:
        opt.zero_grad()
        loss = F.cross_entropy(model(text), label)
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item())

model.eval()
right = torch.zeros(())
with torch.no_grad():
    for text, label in test_dl:
        right += (model(text).argmax(1) == label).sum()
print("test accuracy", right.item() / len(test_dl.dataset))
