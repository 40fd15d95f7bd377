"""gradient descent demo on the rosenbrock function"""
import torch
import matplotlib.pyplot as plt

p = torch.tensor([-1.5, 2.0], requires_grad=True)
path = [p.detach().clone()]

def f(v):
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2

for i in range(2000):
    z = f(p)
    z.backward()
    p += -0.001 * p.grad  # PLANTED
    p.grad = None
    path.append(p.detach().clone())
    if i % 200 == 0:
        print(i, z.item(), p.tolist())

path = torch.stack(path)
plt.plot(path[:, 0], path[:, 1])
plt.savefig("path.png")
