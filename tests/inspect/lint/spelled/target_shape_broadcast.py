"""Columns against flat batches, and sides of one shape."""

_LOOP = """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader, TensorDataset
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        X, y = torch.randn(64, 4), {y}
        loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
        for xb, yb in loader:
            pred = {pred}
            loss = {loss}
        """

FIRES = {
    "function": _LOOP.format(
        y="torch.randn(64)", pred="model(xb)", loss="F.mse_loss(pred, yb)  # here"
    ),
    "module": _LOOP.format(
        y="torch.zeros(64)", pred="model(xb)", loss="nn.MSELoss()(pred, yb)  # here"
    ),
    "by_hand": _LOOP.format(
        y="torch.rand(64)", pred="model(xb)", loss="((pred - yb) ** 2).mean()  # here"
    ),
    "the_other_way": _LOOP.format(
        y="torch.randn(64, 1)",
        pred="model(xb).squeeze(-1)",
        loss="F.l1_loss(pred, yb.float())  # here",
    ),
    "of_a_class": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 1)
            def forward(self, x):
                return self.fc(x)
        net = Net()
        criterion = nn.MSELoss()
        y = torch.tensor(frame["price"].values).float()
        loss = criterion(net(x), y)  # here
        """,
    "bundled_data": _LOOP.format(
        y="torch.tensor(sklearn.datasets.load_diabetes().target)",
        pred="model(xb)",
        loss="F.mse_loss(pred, yb)  # here",
    ).replace("import torch\n", "import sklearn.datasets, torch\n", 1),
    "q_learning": """
        import torch
        import torch.nn.functional as F
        def update(net, target, states, actions, rewards, nexts):
            q = net(states).gather(1, actions.unsqueeze(1))
            goal = rewards + 0.99 * target(nexts).max(dim=1).values
            return F.smooth_l1_loss(q, goal)  # here
        """,
}

SILENT = {
    "squeezed": _LOOP.format(
        y="torch.randn(64)", pred="model(xb).squeeze(-1)", loss="F.mse_loss(pred, yb)"
    ),
    "unsqueezed": _LOOP.format(
        y="torch.randn(64)", pred="model(xb)", loss="F.mse_loss(pred, yb.unsqueeze(1))"
    ),
    "columns": _LOOP.format(y="torch.randn(64, 1)", pred="model(xb)", loss="F.mse_loss(pred, yb)"),
    "unknown_target": """
        import torch
        from torch import nn
        model = nn.Linear(4, 1)
        for x, y in batches:
            loss = nn.functional.mse_loss(model(x), y)
        """,
    "many_outputs": """
        import torch
        from torch import nn
        model = nn.Linear(4, 3)
        loss = nn.functional.mse_loss(model(x), torch.randn(64))
        """,
    "q_learning_squeezed": """
        import torch
        import torch.nn.functional as F
        def update(net, target, states, actions, rewards, nexts):
            q = net(states).gather(1, actions.unsqueeze(1)).squeeze(1)
            goal = rewards + 0.99 * target(nexts).max(dim=1).values
            return F.smooth_l1_loss(q, goal)
        """,
}
