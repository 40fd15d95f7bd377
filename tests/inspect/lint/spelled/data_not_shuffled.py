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
    "cut_by_number": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        steps = len(X) // size
        for epoch in range(9):
            for b in range(steps):  # here
                x, y = X[b * size:(b + 1) * size], Y[b * size:(b + 1) * size]
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "cut_by_number_under_names": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for b in range(X.shape[0] // size):  # here
                begin = b * size
                end = begin + size
                x = X[begin:end].to(device)
                y = Y[begin:end].to(device)
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "cut_in_a_while": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            i = 0
            while i < len(X):  # here
                x, y = X[i:min(i + size, len(X))], Y[i:min(i + size, len(X))]
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
                i += size
        """,
    "cut_once_into_a_list": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        batches = [(X[i:i + 32], Y[i:i + 32]) for i in range(0, len(X), 32)]
        for epoch in range(9):
            for x, y in batches:  # here
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "a_sampler_of_a_method": """
        import torch
        from torch.utils.data import DataLoader
        from torch.utils.data.distributed import DistributedSampler
        class Data:
            def deal(self, data):
                return DistributedSampler(data, shuffle=False)  # here
            def loader(self, data):
                return DataLoader(data, 8, sampler=self.deal(data))
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        loader = Data().loader(data)
        for epoch in range(9):
            for x, y in loader:
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "one_of_a_dict_that_is_built_by_a_loop": """
        import torch
        from torch.utils.data import DataLoader
        loaders = {
            part: DataLoader(data, 8, shuffle=part == "fit")  # here
            for part, data in sets.items()
        }
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in loaders["train"]:
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "data_of_a_dict_that_is_built_by_a_loop": """
        import torch
        from torch.utils.data import DataLoader
        from torchvision import datasets
        sets = {part: datasets.ImageFolder(part) for part in ("train", "val")}
        loaders = {part: DataLoader(sets[part], 8) for part in ("train", "val")}  # here
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for phase in ("train", "val"):
                for x, y in loaders[phase]:
                    with torch.set_grad_enabled(phase == "train"):
                        loss = model(x).sum()
                    if phase == "train":
                        opt.zero_grad()
                        loss.backward()
                        opt.step()
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
    "cut_by_number_of_an_order": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        steps = len(X) // size
        for epoch in range(9):
            order = torch.randperm(len(X))
            for b in range(steps):
                rows = order[b * size:(b + 1) * size]
                x, y = X[rows], Y[rows]
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "windows_that_overlap": """
        import torch
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for b in range(len(X) - size):
                x, y = X[b:b + size], Y[b:b + size]
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "one_of_a_dict_that_shuffles": """
        import torch
        from torch.utils.data import DataLoader
        loaders = {
            part: DataLoader(data, 8, shuffle=part == "train") for part, data in sets.items()
        }
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in loaders["train"]:
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
    "the_arm_of_a_function_that_trains": """
        import torch
        from torch.utils.data import DataLoader
        def build(data, train):
            if not train:
                return DataLoader(data, 8, shuffle=False)
            return DataLoader(data, 8, shuffle=True)
        model = torch.nn.Linear(4, 1)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        loader = build(data, train=True)
        for epoch in range(9):
            for x, y in loader:
                opt.zero_grad()
                torch.nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        """,
}
