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
    "asserted_flat": """
        import torch
        from torch import nn
        def mlp(d):
            return nn.Sequential(nn.Linear(d, 8), nn.ReLU(), nn.Linear(8, 1))
        def train(x, energy):
            assert energy.ndim == 1
            net = mlp(4)
            return (net(x) - energy).pow(2).mean()  # here
        """,
    "a_step_of_lightning": """
        import lightning as L
        import torch
        from torch import nn
        from torch.utils.data import DataLoader, Dataset
        class Fields(Dataset):
            def __getitem__(self, i):
                return torch.as_tensor(self.tiles[i]), torch.tensor(float(self.tonnes[i]))
        class Yield(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(64, 1)
            def forward(self, x):
                return self.head(x)
            def training_step(self, batch, _):
                tile, tonnes = batch
                return nn.functional.mse_loss(self(tile), tonnes)  # here
        L.Trainer().fit(Yield(), DataLoader(Fields(), shuffle=True))
        """,
    "the_columns_after_the_features": """
        import torch
        from torch import nn
        x, y = table[:, :5], table[:, 5:]
        y = (y - y.mean()) / y.std()
        net = nn.Sequential(nn.Linear(5, 1), nn.Flatten(0))
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(5, 1)
            def forward(self, x):
                return self.out(x).squeeze(-1)
        loss = nn.functional.mse_loss(Net()(x), y)  # here
        """,
    "split_before": """
        import torch, pandas as pd
        from torch import nn
        from sklearn.model_selection import train_test_split
        df = pd.read_csv("a.csv")
        X = df.drop(columns=["y"]).values
        y = df["y"].values
        Xa, Xb, ya, yb = train_test_split(X, y)
        ya = torch.tensor(ya, dtype=torch.float32)
        net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
        crit = nn.MSELoss()
        loss = crit(net(torch.tensor(Xa)), ya)  # here
        """,
    "a_difference_by_name": """
        import torch
        from torch import nn
        net = nn.Linear(3, 1)
        x = torch.randn(9, 3)
        y = torch.sin(x[:, 0])
        diff = net(x) - y
        loss = (diff ** 2).mean()  # here
        """,
    "points_in_a_row": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        x = torch.linspace(0, 1, 100)
        y = torch.sin(x)
        loss = nn.functional.mse_loss(net(x.unsqueeze(1)), y)  # here
        """,
    "returns_in_a_list": """
        import torch
        from torch import nn
        class Critic(nn.Module):
            def __init__(self):
                super().__init__()
                self.v = nn.Linear(4, 1)
            def forward(self, s):
                return self.v(torch.relu(s))
        critic = Critic()
        def update(states, rewards, dones):
            returns = []
            R = 0.0
            for r in reversed(rewards):
                R = r + 0.99 * R
                returns.insert(0, R)
            returns = torch.tensor(returns)
            return nn.functional.mse_loss(critic(states), returns)  # here
        """,
    "sums_of_rows": """
        import torch
        from torch import nn
        net = nn.Linear(3, 1)
        x = torch.randn(9, 3)
        y = x.sum(dim=1)
        loss = nn.MSELoss()(net(x), y)  # here
        """,
    "a_new_head": """
        import torch, torchvision
        from torch import nn
        net = torchvision.models.resnet18()
        net.fc = nn.Linear(512, 1)
        y = torch.randn(8)
        loss = nn.L1Loss()(net(x), y)  # here
        """,
    "one_label_of_transformers": """
        import torch
        from torch import nn
        from transformers import AutoModelForSequenceClassification
        model = AutoModelForSequenceClassification.from_pretrained("a", num_labels=1)
        for batch in loader:
            labels = batch.pop("labels").float()
            out = model(**batch)
            loss = nn.functional.mse_loss(out.logits, labels)  # here
        """,
    "rows_of_a_dataset": """
        import torch
        from torch import nn
        from torch.utils.data import Dataset, DataLoader
        class D(Dataset):
            def __init__(self, df):
                self.x = df.drop("t", axis=1).values
                self.y = df["t"].values
            def __getitem__(self, i):
                return torch.tensor(self.x[i]), torch.tensor(self.y[i], dtype=torch.float32)
        net = nn.Linear(3, 1)
        for x, y in DataLoader(D(df), batch_size=8):
            loss = nn.functional.mse_loss(net(x), y)  # here
        """,
    "a_batch_that_is_a_dict": """
        import torch
        from torch import nn
        from torch.utils.data import Dataset, DataLoader
        class D(Dataset):
            def __getitem__(self, i):
                return {"x": self.x[i], "y": torch.tensor(float(self.y[i]))}
        net = nn.Linear(3, 1)
        for batch in DataLoader(D(), batch_size=8):
            loss = nn.functional.mse_loss(net(batch["x"]), batch["y"])  # here
        """,
    "flat_in_evaluation": """
        import torch, torch.nn.functional as F
        from torch.nn import Linear
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.lin = Linear(8, 1)
            def forward(self, data):
                return self.lin(data.x)
        def train(model, loader, opt, mean, std):
            for data in loader:
                out = model(data)
                loss = F.mse_loss(out, (data.y - mean) / std)  # here
                opt.zero_grad()
                loss.backward()
                opt.step()
        def test(model, loader, mean, std):
            err = 0
            for data in loader:
                pred = model(data).view(-1) * std + mean
                err += (pred - data.y).abs().sum().item()
            return err
        model = Net()
        train(model, loader, opt, 0, 1)
        test(model, loader, 0, 1)
        """,
    "flat_in_the_metrics_of_a_trainer": """
        import torch
        from torch import nn
        from transformers import Trainer, AutoModel
        class Scorer(nn.Module):
            def __init__(self, name):
                super().__init__()
                self.backbone = AutoModel.from_pretrained(name)
                self.score = nn.Linear(768, 1)
            def forward(self, input_ids, attention_mask, labels=None):
                h = self.backbone(input_ids=input_ids).last_hidden_state[:, 0]
                return {"logits": self.score(h)}
        class RT(Trainer):
            def __init__(self, *args, **kw):
                super().__init__(*args, **kw)
                self.criterion = nn.SmoothL1Loss()
            def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
                labels = inputs.pop("labels")
                outputs = model(**inputs)
                scores = outputs["logits"].float()
                loss = self.criterion(scores, labels.float())  # here
                return (loss, outputs) if return_outputs else loss
        def compute_metrics(eval_pred):
            predictions, labels = eval_pred
            predictions = predictions.reshape(-1)
            return {"rmse": float(((predictions - labels) ** 2).mean() ** 0.5)}
        trainer = RT(model=Scorer("x"), compute_metrics=compute_metrics)
        trainer.train()
        """,
    "flat_in_another_loop": """
        import torch
        from torch import nn
        class Reg(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
            def forward(self, x):
                return self.net(x)
        def evaluate(model, loader):
            for x, y in loader:
                p = model(x).squeeze(-1)
                mae = (p - y).abs().mean()
        def train(model, loader, crit):
            for x, y in loader:
                loss = crit(model(x), y)  # here
                loss.backward()
        m = Reg()
        train(m, a, nn.MSELoss())
        evaluate(m, b)
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
    "a_series_moved_by_one": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(5, 1)
            def forward(self, x):
                return self.out(x).squeeze(-1)
        loss = nn.functional.l1_loss(Net()(series[:, :-1]), series[:, 1:])
        """,
    "columns_against_a_column": """
        import torch
        from torch import nn
        x, y = table[:, :5], table[:, 5:]
        loss = nn.functional.mse_loss(nn.Linear(5, 1)(x), y)
        """,
    "asserted_of_two_dimensions": """
        import torch
        from torch import nn
        def train(x, energy):
            assert energy.ndim == 2
            return (nn.Linear(4, 1)(x) - energy).pow(2).mean()
        """,
    "points_in_a_column": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        x = torch.unsqueeze(torch.linspace(0, 1, 100), dim=1)
        y = x.pow(2)
        loss = nn.functional.mse_loss(net(x), y)
        """,
    "one_label_squeezed": """
        import torch
        from torch import nn
        from transformers import AutoModelForSequenceClassification
        model = AutoModelForSequenceClassification.from_pretrained("a", num_labels=1)
        for batch in loader:
            labels = batch.pop("labels").float()
            out = model(**batch)
            loss = nn.functional.mse_loss(out.logits.squeeze(-1), labels)
        """,
    "both_flattened_in_evaluation": """
        import torch, torch.nn.functional as F
        from torch.nn import Linear
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.lin = Linear(8, 1)
            def forward(self, data):
                return self.lin(data.x)
        def train(model, loader, opt):
            for data in loader:
                out = model(data)
                loss = F.mse_loss(out, data.y)
                opt.zero_grad()
                loss.backward()
                opt.step()
        def test(model, loader):
            err = 0
            for data in loader:
                err += (model(data) - data.y).abs().sum().item()
                err += (model(data).view(-1) - data.y.view(-1)).abs().sum().item()
            return err
        model = Net()
        train(model, loader, opt)
        """,
    "a_trainer_with_a_flat_model": """
        import torch
        from torch import nn
        from transformers import Trainer, AutoModel
        class Scorer(nn.Module):
            def __init__(self, name):
                super().__init__()
                self.score = nn.Linear(768, 1)
            def forward(self, input_ids, attention_mask, labels=None):
                return {"logits": self.score(input_ids).squeeze(-1)}
        class RT(Trainer):
            def __init__(self, *args, **kw):
                super().__init__(*args, **kw)
                self.criterion = nn.SmoothL1Loss()
            def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
                labels = inputs.pop("labels")
                outputs = model(**inputs)
                loss = self.criterion(outputs["logits"], labels.float())
                return (loss, outputs) if return_outputs else loss
        def compute_metrics(eval_pred):
            predictions, labels = eval_pred
            return {"rmse": float(((predictions.reshape(-1) - labels) ** 2).mean() ** 0.5)}
        trainer = RT(model=Scorer("x"), compute_metrics=compute_metrics)
        trainer.train()
        """,
}
