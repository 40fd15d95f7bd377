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
}
