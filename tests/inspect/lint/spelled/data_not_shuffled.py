"""Training loaders that keep their order, and such as may."""

FIRES = {
    "switched_off": """
        import torch
        from torch.utils.data import DataLoader
        def train(model, data, optimizer):
            loader = DataLoader(data, batch_size=8, shuffle=False)  # here
            for x, y in loader:
                optimizer.zero_grad()
                model(x, y).backward()
                optimizer.step()
        """,
    "left_out": """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        train_set = TensorDataset(x, y)
        loader = DataLoader(train_set, batch_size=8)  # here
        def epoch(model, batches, optimizer):
            for i, (x, y) in enumerate(batches):
                optimizer.zero_grad()
                model(x, y).backward()
                optimizer.step()
        epoch(model, loader, optimizer)
        """,
    "in_lightning": """
        import lightning as L
        from torch.utils.data import DataLoader, Dataset
        class Lines(Dataset):
            def __getitem__(self, index):
                return index
        class Data(L.LightningDataModule):
            def train_dataloader(self):
                return DataLoader(Lines(), batch_size=8)  # here
        """,
    "from_a_function": """
        import torch
        from torch.utils.data import DataLoader
        def loaders(a, b):
            train = DataLoader(a, batch_size=8, shuffle=False)  # here
            val = DataLoader(b, batch_size=8)
            return train, val
        train, val = loaders(a, b)
        for epoch in range(3):
            for x, y in train:
                optimizer.zero_grad()
                model(x, y).backward()
                optimizer.step()
        """,
    "a_generator_in_order": """
        import torch
        def batches(x, y, size):
            order = torch.arange(len(x))
            for i in range(0, len(x), size):  # here
                rows = order[i : i + size]
                yield x[rows], y[rows]
        for epoch in range(10):
            for x, y in batches(rows, labels, 32):
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "batches_of_a_sampler_in_order": """
        import torch
        from torch.utils.data import BatchSampler, DataLoader, SequentialSampler
        order = BatchSampler(SequentialSampler(data), 32, drop_last=True)  # here
        loader = DataLoader(data, batch_sampler=order)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "a_switch_the_wrong_way": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def loader_for(path, checking):
            return DataLoader(ImageFolder(path), 32, shuffle=checking)  # here
        train, val = loader_for("a", checking=False), loader_for("b", checking=True)
        for epoch in range(9):
            for x in train:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            for x in val:
                print(model(x))
        """,
    "pieces_of_tensors": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in zip(xs.split(64), ys.split(64)):  # here
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
}

SILENT = {
    "shuffled": """
        import torch
        from torch.utils.data import DataLoader
        for x, y in DataLoader(data, batch_size=8, shuffle=True):
            optimizer.zero_grad()
            model(x, y).backward()
            optimizer.step()
        """,
    "held_out": """
        import torch
        from torch.utils.data import DataLoader
        train, val = DataLoader(a, shuffle=True), DataLoader(b, shuffle=False)
        for x, y in train:
            optimizer.zero_grad()
            model(x, y).backward()
            optimizer.step()
        for x, y in val:
            model(x, y)
        """,
    "unknown_dataset": """
        import torch
        from torch.utils.data import DataLoader
        from elsewhere import make
        for x, y in DataLoader(make(), batch_size=8):
            optimizer.zero_grad()
            model(x, y).backward()
            optimizer.step()
        """,
    "all_in_one_batch": """
        import torch
        from torch.utils.data import DataLoader
        for x, y in DataLoader(data, batch_size=len(data), shuffle=False):
            optimizer.zero_grad()
            model(x, y).backward()
            optimizer.step()
        """,
    "by_a_sampler": """
        import torch
        from torch.utils.data import DataLoader, RandomSampler
        for x, y in DataLoader(data, shuffle=False, sampler=RandomSampler(data)):
            optimizer.zero_grad()
            model(x, y).backward()
            optimizer.step()
        """,
    "a_generator_in_a_drawn_order": """
        import torch
        def batches(x, y, size):
            order = torch.randperm(len(x))
            for i in range(0, len(x), size):
                rows = order[i : i + size]
                yield x[rows], y[rows]
        for epoch in range(10):
            for x, y in batches(rows, labels, 32):
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "a_generator_once": """
        import torch
        def batches(x, y, size):
            for i in range(0, len(x), size):
                yield x[i : i + size], y[i : i + size]
        for x, y in batches(rows, labels, 32):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "batches_of_a_random_sampler": """
        import torch
        from torch.utils.data import BatchSampler, DataLoader, RandomSampler
        order = BatchSampler(RandomSampler(data), 32, drop_last=True)
        loader = DataLoader(data, batch_sampler=order)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "a_switch_the_right_way": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def loader_for(path, checking):
            return DataLoader(ImageFolder(path), 32, shuffle=not checking)
        train, val = loader_for("a", checking=False), loader_for("b", checking=True)
        for epoch in range(9):
            for x in train:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            for x in val:
                print(model(x))
        """,
    "pieces_of_a_new_order": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            order = torch.randperm(len(xs))
            xs, ys = xs[order], ys[order]
            for x, y in zip(xs.split(64), ys.split(64)):
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "windows_with_a_state": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            state = None
            for x in text.split(64):
                out, state = model(x, state)
                optimizer.zero_grad()
                out.mean().backward()
                optimizer.step()
        """,
}
