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
}
