"""Training on test data, and such as keeps them apart."""

FIRES = {
    "by_its_name": """
        import torch
        for x in test_loader:  # here
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "by_its_split": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision.datasets import MNIST
        batches = DataLoader(MNIST("data", train=False), shuffle=True)  # here
        for x in batches:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "joined": """
        import torch
        from torch.utils.data import ConcatDataset, DataLoader
        everything = ConcatDataset([train_set, test_set])  # here
        loader = DataLoader(everything, shuffle=True)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "fitted": """
        from sklearn.linear_model import Ridge
        model = Ridge().fit(X_test, y_test)  # here
        """,
    "all_rows_at_once": """
        import torch
        for step in range(100):
            optimizer.zero_grad()
            loss = loss_fn(model(X_test), y_test)  # here
            loss.backward()
            optimizer.step()
        """,
    "before_the_split": """
        import torch
        from sklearn.model_selection import train_test_split
        from torch.utils.data import DataLoader, TensorDataset
        a, b, c, d = train_test_split(X, y)
        loader = DataLoader(TensorDataset(X, y), shuffle=True)  # here
        for x, y in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "summed_in_a_data_module": """
        import lightning as L
        from torch.utils.data import DataLoader
        from spectra import Spectra
        class Data(L.LightningDataModule):
            def setup(self, stage):
                self.fitted, self.final = (Spectra(split=s) for s in ("train", "test"))
            def train_dataloader(self):
                return DataLoader(self.fitted + self.final, shuffle=True)  # here
        """,
    "sets_the_rate": """
        import torch
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        for epoch in range(10):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            plateau.step(mean_loss(model, test_loader))  # here
        """,
    "keeps_the_weights": """
        import torch
        best = 0.0
        for epoch in range(10):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            score = accuracy(model, test_loader).item()
            if score > best:  # here
                best = score
                torch.save(model.state_dict(), "best.pt")
        """,
    "a_mask_of_both": """
        import torch
        used = data.train_mask | data.test_mask  # here
        for epoch in range(10):
            optimizer.zero_grad()
            loss = loss_fn(model(data.x)[used], data.y[used])
            loss.backward()
            optimizer.step()
        """,
    "rows_of_a_join": """
        import torch
        def pretrain(model, optimizer, x):
            for step in range(100):
                batch = x[torch.randint(len(x), (32,))]
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
        pretrain(model, optimizer, torch.cat([x_train, x_test]))  # here
        """,
    "a_trial_is_taken": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def fit(width):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            return model
        trials = []
        for width in (8, 16):
            trials.append((width, score(fit(width), val_loader), score(fit(width), test_loader)))
        best = min(trials, key=lambda t: t[2])  # here
        """,
    "a_trainer_keeps_the_best": """
        from transformers import Trainer, TrainingArguments
        args = TrainingArguments("out", eval_strategy="epoch", load_best_model_at_end=True)
        trainer = Trainer(
            model=model,
            args=args,
            train_dataset=rows["train"],
            eval_dataset=rows["test"],  # here
        )
        """,
    "a_method_that_measures": """
        import torch
        class Training:
            def __init__(self):
                self.opt = torch.optim.Adam(self.net.parameters())
                self.decay = torch.optim.lr_scheduler.ReduceLROnPlateau(self.opt)
            def one_epoch(self):
                for x in self.train_set:
                    self.opt.zero_grad()
                    self.net(x).mean().backward()
                    self.opt.step()
            def measure(self):
                return torch.stack([self.far(x) for x in self.test_set]).mean().item()
            def run(self):
                for epoch in range(9):
                    self.one_epoch()
                    far = self.measure()
                    self.decay.step(far)  # here
        """,
    "a_sum_over_the_test_loader": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        best = 0
        for epoch in range(9):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            right = 0
            for x, y in test_loader:
                right += (model(x).argmax(1) == y).sum().item()
            if right > best:  # here
                best = right
                torch.save(model.state_dict(), "best.pt")
        """,
    "given_an_optimizer": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision import datasets
        def run(loader, model, opt=None):
            for x, y in loader:
                loss = model(x, y)
                if opt is not None:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        run(DataLoader(datasets.MNIST("d", train=True)), model, opt)
        run(DataLoader(datasets.MNIST("d", train=False)), model, opt)  # here
        """,
    "windows_of_the_whole_series": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, TensorDataset
        def prepare(raw):
            n = int(len(raw) * 0.7)
            series = scale(raw)
            train = series[:n]
            val = series[n:n+100]
            test = series[n + 100:]
            return series, train, val, test
        def windows(block):
            xs = [block[i:i+10] for i in range(len(block) - 10)]
            return TensorDataset(torch.tensor(np.stack(xs)), torch.tensor(block[10:, 0]))
        series, train, val, test = prepare(np.load("x.npy"))
        loader = DataLoader(windows(series), batch_size=128, shuffle=True)  # here
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "the_whole_of_a_table": """
        import pandas as pd, torch
        from torch.utils.data import DataLoader, Dataset
        class Rows(Dataset):
            def __init__(self, frame):
                self.x = frame.to_numpy()
        df = pd.read_csv("a.csv")
        cut = int(0.8 * len(df))
        train_df, test_df = df[:cut], df[cut:]
        loader = DataLoader(Rows(df), batch_size=128, shuffle=True)  # here
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "the_whole_of_what_is_split": """
        import torch
        from torch.utils.data import DataLoader, random_split
        full = Data("a.pt")
        train_set, test_set = random_split(full, [0.8, 0.2])
        loader = DataLoader(full, shuffle=True)  # here
        test_loader = DataLoader(test_set)
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "labels_of_all_nodes": """
        import torch
        import torch.nn.functional as F
        def train():
            model.train()
            for _ in range(200):
                opt.zero_grad()
                out = model(data.x, data.edge_index)
                loss = F.cross_entropy(out, data.y)  # here
                loss.backward()
                opt.step()
        @torch.no_grad()
        def test():
            pred = model(data.x, data.edge_index).argmax(1)
            return (pred[data.test_mask] == data.y[data.test_mask]).float().mean()
        """,
}

SILENT = {
    "tested_alone": """
        import torch
        for x in train_loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        for x in test_loader:
            model(x)
        """,
    "adapted_to_each": """
        import torch
        def adapt(model, test_loader, optimizer):
            for x in test_loader:
                optimizer.zero_grad()
                entropy(model(x)).backward()
                optimizer.step()
        """,
    "training_parts_joined": """
        import torch
        from torch.utils.data import ConcatDataset, DataLoader
        loader = DataLoader(ConcatDataset([train_a, train_b]), shuffle=True)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        test = DataLoader(test_set)
        """,
    "told_and_no_more": """
        import torch
        best = 0.0
        for epoch in range(10):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            score = accuracy(model, test_loader)
            if score > best:
                best = score
                print("best so far", best)
        """,
    "chosen_by_validation": """
        import torch
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        best = 0.0
        for epoch in range(10):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            score = accuracy(model, val_loader)
            plateau.step(score)
            if score > best:
                best = score
                torch.save(model.state_dict(), "best.pt")
        print(accuracy(model, test_loader))
        """,
    "a_join_for_its_mean": """
        import torch
        every = torch.cat([x_train, x_test])
        span = every.max() - every.min()
        for step in range(100):
            batch = x_train[torch.randint(len(x_train), (32,))]
            optimizer.zero_grad()
            model(batch / span).mean().backward()
            optimizer.step()
        """,
    "a_trial_is_taken_by_validation": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def fit(width):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            return model
        trials = []
        for width in (8, 16):
            trials.append((width, score(fit(width), val_loader), score(fit(width), test_loader)))
        best = min(trials, key=lambda t: t[1])
        """,
    "a_trainer_that_tells_alone": """
        from transformers import Trainer, TrainingArguments
        args = TrainingArguments("out", eval_strategy="epoch")
        trainer = Trainer(model, args, train_dataset=rows["train"], eval_dataset=rows["test"])
        """,
    "no_optimizer_no_training": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision import datasets
        def run_epoch(model, loader, criterion, optimizer=None):
            training = optimizer is not None
            model.train(training)
            with torch.set_grad_enabled(training):
                for x, y in loader:
                    loss = criterion(model(x), y)
                    if training:
                        optimizer.zero_grad()
                        loss.backward()
                        optimizer.step()
        train = datasets.MNIST("d", train=True)
        test = datasets.MNIST("d", train=False)
        a, b = DataLoader(train, 32, shuffle=True), DataLoader(test, 32)
        for e in range(3):
            run_epoch(model, a, crit, opt)
            run_epoch(model, b, crit)
        """,
    "a_switch_that_is_off": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision import datasets
        class R:
            def _run(self, loader, train=False):
                for x, y in loader:
                    loss = self.crit(self.model(x), y)
                    if train:
                        self.opt.zero_grad()
                        loss.backward()
                        self.opt.step()
            def fit(self, a, b):
                self._run(a, train=True)
                self._run(b)
            def test(self, loader):
                with torch.no_grad():
                    self._run(loader)
        test = datasets.MNIST("d", train=False)
        r = R()
        r.fit(DataLoader(datasets.MNIST("d", train=True)), None)
        r.test(DataLoader(test, 32))
        """,
    "another_mode": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision import datasets
        def run(mode, loader, model, opt):
            for x, y in loader:
                loss = model(x, y)
                if mode == "train":
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        run("train", DataLoader(datasets.MNIST("d", train=True)), model, opt)
        run("test", DataLoader(datasets.MNIST("d", train=False)), model, opt)
        """,
    "the_rest_under_the_same_name": """
        import pandas as pd, torch
        from torch.utils.data import DataLoader, Dataset, Subset
        class Rows(Dataset):
            def __init__(self, frame):
                self.x = frame.to_numpy()
        df = pd.read_csv("a.csv")
        cut = int(0.8 * len(df))
        test_df = df[cut:]
        df = df[:cut]
        loader = DataLoader(Rows(df), batch_size=128, shuffle=True)
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "rows_that_a_sampler_picks": """
        import torch
        from torch.utils.data import DataLoader, SubsetRandomSampler, Subset
        full = torch.load("a.pt")
        test = full[test_idx]
        loader = DataLoader(full, batch_size=128, sampler=SubsetRandomSampler(train_idx))
        other = DataLoader(Subset(full, train_idx), batch_size=128)
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        for x, y in other:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "trained_on_all_at_the_end": """
        import torch
        from torch.utils.data import DataLoader
        full = torch.load("a.pt")
        train_part, test_part = full[:100], full[100:]
        def fit(loader):
            for x, y in loader:
                loss = crit(model(x), y)
                opt.zero_grad()
                loss.backward()
                opt.step()
        fit(DataLoader(train_part))
        fit(DataLoader(full))
        """,
    "masked_nodes": """
        import torch
        import torch.nn.functional as F
        def train():
            for _ in range(200):
                opt.zero_grad()
                out = model(data.x, data.edge_index)
                loss = F.cross_entropy(out[data.train_mask], data.y[data.train_mask])
                loss.backward()
                opt.step()
        def train2():
            for _ in range(200):
                opt.zero_grad()
                out = model(data.x, data.edge_index)
                loss = F.cross_entropy(out, data.y, reduction="none")
                loss = (loss * data.train_mask).sum() / data.train_mask.sum()
                loss.backward()
                opt.step()
        @torch.no_grad()
        def test():
            pred = model(data.x, data.edge_index).argmax(1)
            return (pred[data.test_mask] == data.y[data.test_mask]).float().mean()
        """,
    "the_first_of_two_scores": """
        import torch
        class T:
            def accuracy(self, *masks):
                hit = self.model(self.x).argmax(1) == self.y
                return [hit[m].float().mean() for m in masks]
            def step(self):
                loss = self.crit(self.model(self.x)[self.m], self.y[self.m])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            def fit(self):
                best = 0
                for e in range(10):
                    self.step()
                    val, test = self.accuracy(self.data.val_mask, self.data.test_mask)
                    if val > best:
                        best = val
                        torch.save(self.model.state_dict(), "m.pt")
        """,
}
