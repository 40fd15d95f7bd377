"""A teacher moves to the device after the student's optimizer is made; it is not trained."""
import torch
import torch.nn.functional as F


def distil(student, teacher, loader, device):
    torch.manual_seed(3)
    student.to(device)
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9)
    teacher = teacher.to(device).eval()
    student.train()
    for step, (x, _) in enumerate(loader):
        x = x.to(device)
        with torch.no_grad():
            guide = teacher(x).softmax(-1)
        loss = F.cross_entropy(student(x), guide)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(step, loss.item())
