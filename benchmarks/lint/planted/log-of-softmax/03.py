"""Distillation with a temperature, in a class."""
import torch
import torch.nn.functional as F


class Distiller:
    def __init__(self, teacher, student, T=3.0):
        self.teacher = teacher.eval()
        self.student = student
        self.T = T
        self.optimizer = torch.optim.SGD(student.parameters(), lr=0.02, momentum=0.9)

    def kd(self, s_logits, t_logits):
        p = F.softmax(s_logits / self.T, dim=1)
        q = F.softmax(t_logits / self.T, dim=1)
        logp = torch.log(p)  # PLANTED
        return F.kl_div(logp, q, reduction="batchmean") * self.T ** 2

    def fit(self, loader, epochs=10):
        torch.manual_seed(33)
        for epoch in range(epochs):
            self.student.train()
            for x, _ in loader:
                with torch.no_grad():
                    t = self.teacher(x)
                loss = self.kd(self.student(x), t)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            print(f"epoch {epoch} kd {loss.item():.4f}")
