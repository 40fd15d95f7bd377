"""diabetes regression for class"""
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

torch.manual_seed(1)
data = load_diabetes()
sc_x = StandardScaler()
x = sc_x.fit_transform(data.data)  # PLANTED
y = data.target.reshape(-1, 1) / 100
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=42)
x_train = torch.tensor(x_train, dtype=torch.float32)
x_test = torch.tensor(x_test, dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_test = torch.tensor(y_test, dtype=torch.float32)

model = nn.Linear(10, 1)
loss_fn = nn.MSELoss()
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for i in range(500):
    opt.zero_grad()
    l = loss_fn(model(x_train), y_train)
    l.backward()
    opt.step()
    if i % 50 == 0:
        print(i, l.item())
model.eval()
with torch.no_grad():
    print("test mse", loss_fn(model(x_test), y_test).item())
