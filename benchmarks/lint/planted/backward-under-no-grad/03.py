"""Train and validate in one function with a phase."""
import torch

from pets import loaders, build

torch.manual_seed(9)
dl = loaders(batch_size=32)
model = build(37).cuda()
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

for epoch in range(25):
    for phase in ["train", "val"]:
        model.train(phase == "train")
        run = torch.zeros((), device="cuda")
        for x, y in dl[phase]:
            x, y = x.cuda(), y.cuda()
            optimizer.zero_grad()
            with torch.set_grad_enabled(False):
                out = model(x)
                loss = criterion(out, y)
                if phase == "train":
                    loss.backward()  # PLANTED
                    optimizer.step()
            run += loss.detach()
        print(epoch, phase, run.item() / len(dl[phase]))
