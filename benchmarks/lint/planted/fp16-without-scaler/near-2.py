"""Training in float32; the validation runs in half precision, where no gradient flows."""
import torch
import torch.nn.functional as F


@torch.inference_mode()
def validate(net, loader):
    net.eval()
    hits = torch.zeros((), device="cuda")
    for x, y in loader:
        with torch.autocast("cuda", dtype=torch.float16):
            hits += (net(x.cuda()).argmax(1) == y.cuda()).sum()
    net.train()
    return hits.item() / len(loader.dataset)


def train(net, train_dl, val_dl, epochs=10):
    torch.manual_seed(1)
    net.cuda().train()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(epochs):
        for x, y in train_dl:
            loss = F.cross_entropy(net(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item(), validate(net, val_dl))
