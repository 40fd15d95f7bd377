"""Programs without a seed, and such as set one or cannot be seen to."""

_PROGRAM = """
        import torch
        {first}
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:{mark}
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
        """

FIRES = {
    "from_the_top": _PROGRAM.format(first="", mark="  # here"),
    "in_main": """
        import torch
        def main():
            model = torch.nn.Linear(4, 1)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for epoch in range(3):  # here
                for x, y in loader:
                    optimizer.zero_grad()
                    model(x).sum().backward()
                    optimizer.step()
        if __name__ == "__main__":
            main()
        """,
    "in_functions": """
        import torch
        def epoch(model, optimizer, loader):
            for x in loader:  # here
                optimizer.zero_grad()
                model(x).sum().backward()
                optimizer.step()
        def main():
            model = torch.nn.Linear(4, 1)
            epoch(model, torch.optim.SGD(model.parameters(), lr=0.1), loader)
        main()
        """,
    "fitted_by_lightning": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(4, 2)
            def training_step(self, batch, _):
                return self.layer(batch).mean()
        def main():
            trainer = L.Trainer(max_epochs=3)
            trainer.fit(Net(), loader)  # here
        main()
        """,
    "an_option_that_nothing_reads": """
        import argparse, torch
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=1)
        args = parser.parse_args()
        print(vars(args))
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:  # here
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "a_function_that_nothing_calls": """
        import torch
        def make_it_repeat(value):
            torch.manual_seed(value)
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:  # here
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "numpy_and_the_world_alone": """
        import gymnasium, numpy as np, torch
        np.random.seed(0)
        env = gymnasium.make("CartPole-v1")
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        obs, _ = env.reset(seed=5)
        for step in range(99):  # here
            optimizer.zero_grad()
            model(obs).sum().backward()
            optimizer.step()
        """,
    "a_split_alone": """
        import torch
        from torch.utils.data import DataLoader, random_split
        def parts(data, seed):
            draw = torch.Generator().manual_seed(seed)
            return random_split(data, [0.9, 0.1], generator=draw)
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        train, val = parts(data, 3)
        for x in DataLoader(train, shuffle=True):  # here
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "deterministic_operations_alone": """
        import torch
        torch.use_deterministic_algorithms(True)
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:  # here
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "a_method_that_is_overridden": """
        import torch
        class Base:
            def __init__(self, seed):
                self.seed = seed
                self.setup()
            def setup(self):
                torch.manual_seed(self.seed)
            def fit(self):
                for x in self.loader:
                    self.optimizer.zero_grad()
                    self.model(x).sum().backward()
                    self.optimizer.step()
        class Mine(Base):
            def setup(self):
                self.loader = loader
                self.model = torch.nn.Linear(4, 1)
                self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        if __name__ == "__main__":
            mine = Mine(3)
            mine.fit()  # here
        """,
    "fitted_deterministically": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(4, 2)
            def training_step(self, batch, _):
                return self.layer(batch).mean()
        def main():
            trainer = L.Trainer(max_epochs=3, deterministic=True)
            trainer.fit(Net(), loader)  # here
        main()
        """,
}

SILENT = {
    "seeded": _PROGRAM.format(first="torch.manual_seed(0)", mark=""),
    "set_up_elsewhere": _PROGRAM.format(first="from mine import setup; setup()", mark=""),
    "imported": """
        import torch
        def fit(model, loader):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for x in loader:
                optimizer.zero_grad()
                model(x).sum().backward()
                optimizer.step()
        """,
    "no_training": """
        import torch
        print(torch.nn.Linear(4, 1))
        """,
    "nothing_drawn": """
        import torch
        w = torch.zeros(4, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for step in range(9):
            optimizer.zero_grad()
            (x @ w - y).square().mean().backward()
            optimizer.step()
        """,
    "seeded_for_lightning": """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(4, 2)
            def training_step(self, batch, _):
                return self.layer(batch).mean()
        def main():
            L.seed_everything(0)
            L.Trainer(max_epochs=3).fit(Net(), loader)
        main()
        """,
    "fitted_by_sklearn": """
        import torch
        from sklearn.linear_model import Ridge
        class Net:
            def training_step(self, batch, _):
                return self.layer(batch).mean()
        def main():
            Ridge().fit(x, y)
        main()
        """,
    "settings_handed_to_other_code": """
        import argparse, torch
        from tools import begin
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=1)
        args = parser.parse_args()
        begin(args)
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "in_a_function_that_is_called": """
        import torch
        def repeat(value):
            torch.manual_seed(value)
        def main():
            repeat(3)
            model = torch.nn.Linear(4, 1)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for x in loader:
                optimizer.zero_grad()
                model(x).sum().backward()
                optimizer.step()
        main()
        """,
    "seeded_one_after_another": _PROGRAM.format(
        first="for seed in (random.seed, torch.manual_seed): seed(3)", mark=""
    ),
    "seeded_by_map": _PROGRAM.format(first="list(map(torch.manual_seed, [3]))", mark=""),
    "weights_drawn_by_a_generator": """
        import torch
        g = torch.Generator().manual_seed(0)
        model = torch.nn.Linear(4, 1)
        torch.nn.init.normal_(model.weight, generator=g)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in torch.utils.data.DataLoader(data, shuffle=True, generator=g):
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "set_up_above_by_super": """
        import torch
        class Base:
            def __init__(self, seed):
                self.seed = seed
                self.setup()
            def setup(self):
                torch.manual_seed(self.seed)
            def fit(self):
                for x in self.loader:
                    self.optimizer.zero_grad()
                    self.model(x).sum().backward()
                    self.optimizer.step()
        class Mine(Base):
            def setup(self):
                super().setup()
                self.loader = loader
                self.model = torch.nn.Linear(4, 1)
                self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        if __name__ == "__main__":
            mine = Mine(3)
            mine.fit()
        """,
}
