"""Samplers that are never told the epoch, and such as are, or need not be."""

_TRAIN = """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        sampler = DistributedSampler(data{options})
        loader = DataLoader(data, sampler=sampler)
        for epoch in range(9):{mark}
            {first}
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """

FIRES = {
    "in_one_piece": _TRAIN.format(options="", mark="  # here", first="model.train()"),
    "shuffle_said": _TRAIN.format(options=", shuffle=True", mark="  # here", first="print(epoch)"),
    "by_functions": """
        import torch
        from torch.utils.data.distributed import DistributedSampler
        def loader(data):
            return torch.utils.data.DataLoader(data, sampler=DistributedSampler(data))
        def train_epoch(model, batches, optimizer):
            for x in batches:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        def main():
            batches = loader(data)
            for epoch in range(9):  # here
                train_epoch(model, batches, optimizer)
        """,
    "told_once_before_the_loop": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        sampler = DistributedSampler(data, seed=7)
        loader = DataLoader(data, sampler=sampler)
        sampler.set_epoch(begin)
        for epoch in range(begin, 300):  # here
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "the_other_sampler_is_told": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        class Loop:
            def __init__(self, train, val):
                self.train_sampler = DistributedSampler(train)
                self.val_sampler = DistributedSampler(val, shuffle=False)
                self.train_loader = DataLoader(train, sampler=self.train_sampler)
            def fit(self, epochs):
                for epoch in range(epochs):  # here
                    self.val_sampler.set_epoch(epoch)
                    for x in self.train_loader:
                        self.opt.zero_grad()
                        self.net(x).mean().backward()
                        self.opt.step()
        """,
    "by_a_factory": """
        import torch
        from torch.utils.data import DataLoader
        from torch.utils.data.distributed import DistributedSampler
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def loader_of(split):
            train = split == "train"
            return DataLoader(data[split], sampler=DistributedSampler(data[split], shuffle=train))
        epoch = 0
        while epoch < 9:  # here
            for x in loader_of("train"):
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            epoch += 1
        """,
    "a_trainer_of_this_file": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        class Trainer:
            def __init__(self, model, loader, optimizer):
                self.model, self.loader, self.optimizer = model, loader, optimizer
            def train(self, epochs):
                for epoch in range(epochs):  # here
                    for x in self.loader:
                        self.optimizer.zero_grad()
                        self.model(x).mean().backward()
                        self.optimizer.step()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loader = DataLoader(data, sampler=DistributedSampler(data))
        Trainer(model, loader, optimizer).train(9)
        """,
    "a_stream": """
        import torch
        from datasets import load_dataset
        from torch.utils.data import DataLoader
        stream = load_dataset("text", streaming=True)["train"].shuffle(seed=1, buffer_size=1000)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(3):  # here
            for x in DataLoader(stream):
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "told_once_before_the_epochs": """
        import torch
        import torch.distributed as dist
        from torch.utils.data import BatchSampler, DataLoader, DistributedSampler
        def main(data, start):
            sampler = DistributedSampler(data)
            batches = BatchSampler(sampler, 8, drop_last=True)
            loader = DataLoader(data, batch_sampler=batches)
            sampler.set_epoch(start)
            for epoch in range(start, 9):  # here
                for x in loader:
                    opt.zero_grad()
                    model(x).sum().backward()
                    opt.step()
        """,
    "a_sampler_that_is_not_the_one": """
        import torch
        import torch.distributed as dist
        from torch.utils.data import BatchSampler, DataLoader, DistributedSampler
        def build(data):
            batches = BatchSampler(DistributedSampler(data), 8, drop_last=True)
            return DataLoader(data, batch_sampler=batches)
        def main(data):
            loader = build(data)
            for epoch in range(9):  # here
                if hasattr(loader.sampler, "set_epoch"):
                    loader.sampler.set_epoch(epoch)
                for x in loader:
                    opt.zero_grad()
                    model(x).sum().backward()
                    opt.step()
        """,
}

SILENT = {
    "told": _TRAIN.format(options="", mark="", first="sampler.set_epoch(epoch)"),
    "not_shuffled": _TRAIN.format(options=", shuffle=False", mark="", first="model.train()"),
    "trained_elsewhere": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        def loader(data):
            return DataLoader(data, sampler=DistributedSampler(data))
        """,
    "told_in_a_function_of_the_epoch": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        sampler = DistributedSampler(data)
        loader = DataLoader(data, sampler=sampler)
        def begin(epoch):
            sampler.set_epoch(epoch)
        for epoch in range(300):
            begin(epoch)
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "told_through_the_loader": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        loader = DataLoader(data, sampler=DistributedSampler(data))
        for epoch in range(300):
            loader.sampler.set_epoch(epoch)
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "a_factory_that_keeps_the_order": """
        import torch
        from torch.utils.data import DataLoader
        from torch.utils.data.distributed import DistributedSampler
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        def loader_of(split):
            train = split == "train"
            return DataLoader(data[split], sampler=DistributedSampler(data[split], shuffle=train))
        epoch = 0
        while epoch < 9:
            for x in loader_of("test"):
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            epoch += 1
        """,
    "a_sampler_to_evaluate_alone": """
        import torch
        from torch.utils.data import DataLoader, DistributedSampler
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loader = DataLoader(data, shuffle=True)
        val_loader = DataLoader(held, sampler=DistributedSampler(held))
        for epoch in range(9):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            evaluate(model, val_loader)
        """,
    "the_sampler_of_the_batches_is_told": """
        import torch
        import torch.distributed as dist
        from torch.utils.data import BatchSampler, DataLoader, DistributedSampler
        def main(data):
            batches = BatchSampler(DistributedSampler(data), 8, drop_last=True)
            loader = DataLoader(data, batch_sampler=batches)
            for epoch in range(9):
                loader.batch_sampler.sampler.set_epoch(epoch)
                for x in loader:
                    opt.zero_grad()
                    model(x).sum().backward()
                    opt.step()
        """,
    "told_in_a_function_of_each_epoch": """
        import torch
        import torch.distributed as dist
        from torch.utils.data import BatchSampler, DataLoader, DistributedSampler
        def begin(sampler, epoch):
            sampler.set_epoch(epoch)
        def main(data):
            sampler = DistributedSampler(data)
            loader = DataLoader(data, sampler=sampler)
            for epoch in range(9):
                begin(sampler, epoch)
                for x in loader:
                    opt.zero_grad()
                    model(x).sum().backward()
                    opt.step()
        """,
}
