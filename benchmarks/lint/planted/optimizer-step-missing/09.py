"""Knowledge distillation of a student from a frozen teacher."""
import torch
import torch.nn.functional as F


def distil_loss(student_logits, teacher_logits, labels, t=4.0, alpha=0.7):
    soft = F.kl_div(F.log_softmax(student_logits / t, 1), F.softmax(teacher_logits / t, 1), reduction="batchmean")
    return alpha * t * t * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)


def train_student(student, teacher, loader, device, epochs=30, seed=0):
    torch.manual_seed(seed)
    teacher = teacher.to(device).eval()
    student = student.to(device)
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [15, 25], gamma=0.1)
    for epoch in range(epochs):
        student.train()
        running = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            with torch.no_grad():
                guide = teacher(x)
            optimizer.zero_grad()
            loss = distil_loss(student(x), guide, y)
            loss.backward()  # PLANTED
            running += loss.detach()
        scheduler.step()
        print(f"[{epoch + 1}/{epochs}] {running.item() / len(loader):.4f}")
    return student
