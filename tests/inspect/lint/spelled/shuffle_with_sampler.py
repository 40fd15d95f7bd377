"""Loaders with options that exclude each other, and such as agree."""

FIRES = {
    "by_keyword": """
        import torch
        from torch.utils.data import DataLoader, RandomSampler
        loader = DataLoader(data, batch_size=4, shuffle=True, sampler=RandomSampler(data))  # here
        """,
    "by_position_and_name": """
        import torch.utils.data as td
        def build(data, weights):
            sampler = td.WeightedRandomSampler(weights, len(weights))
            return td.DataLoader(data, 8, True, sampler)  # here
        """,
    "by_a_dict": """
        from torch.utils.data import DataLoader, SubsetRandomSampler
        options = dict(shuffle=True, num_workers=2)
        loader = DataLoader(data, sampler=SubsetRandomSampler(ids), **options)  # here
        """,
    "batches_by_a_sampler": """
        from torch.utils.data import BatchSampler, DataLoader, SequentialSampler
        batches = BatchSampler(SequentialSampler(data), 4, drop_last=False)
        loader = DataLoader(data, batch_size=4, batch_sampler=batches)  # here
        """,
    "bound_by_partials": """
        from functools import partial
        from torch.utils.data import DataLoader, SubsetRandomSampler
        fast = partial(DataLoader, batch_size=64, num_workers=4)
        shuffled = partial(fast, shuffle=True)
        train = shuffled(data, sampler=SubsetRandomSampler(rows))  # here
        val = fast(data, sampler=SubsetRandomSampler(held))
        """,
    "by_a_class_of_settings": """
        from torch.utils.data import DataLoader, RandomSampler
        class CFG:
            shuffle = True
        loader = DataLoader(data, shuffle=CFG.shuffle, sampler=RandomSampler(data))  # here
        """,
    "a_test_that_holds": """
        from torch.utils.data import DataLoader, RandomSampler
        SPLIT = "train"
        loader = DataLoader(data, shuffle=SPLIT == "train", sampler=RandomSampler(data))  # here
        """,
    "given_by_a_caller": """
        from torch.utils.data import DataLoader, DistributedSampler
        def build(data, training, sampler=None):
            return DataLoader(data, 8, shuffle=training, sampler=sampler)  # here
        train = build(data, True, DistributedSampler(data))
        val = build(held_out, False)
        """,
    "made_by_a_function": """
        from torch.utils.data import DataLoader, WeightedRandomSampler
        def balanced(data):
            weights = [1.0 / count[y] for _, y in data]
            return WeightedRandomSampler(weights, len(data))
        loader = DataLoader(data, shuffle=True, sampler=balanced(data))  # here
        """,
    "in_a_class_of_its_own": """
        from torch.utils.data import DataLoader, SubsetRandomSampler
        class Loader(DataLoader):
            def __init__(self, data, size, shuffle=True, held=0.1):
                self.options = {"dataset": data, "batch_size": size}
                sampler, self.other = self.parts(held)
                super().__init__(sampler=sampler, shuffle=shuffle, **self.options)  # here
            def parts(self, held):
                if held == 0.0:
                    return None, None
                return SubsetRandomSampler(first), SubsetRandomSampler(second)
        OPTIONS = {"size": 8, "held": 0.2}
        loader = Loader(data, **OPTIONS)
        """,
}

SILENT = {
    "sampler_alone": """
        from torch.utils.data import DataLoader, RandomSampler
        loader = DataLoader(data, batch_size=4, sampler=RandomSampler(data))
        other = DataLoader(data, shuffle=True, sampler=None)
        """,
    "worked_out": """
        from torch.utils.data import DataLoader, DistributedSampler
        def build(data, distributed):
            sampler = DistributedSampler(data) if distributed else None
            return DataLoader(data, shuffle=sampler is None, sampler=sampler)
        """,
    "may_be_none": """
        from torch.utils.data import DataLoader, RandomSampler
        def build(data, sampler=None):
            return DataLoader(data, shuffle=True, sampler=sampler)
        """,
    "taken_back_where_it_is_called": """
        from functools import partial
        from torch.utils.data import DataLoader, SubsetRandomSampler
        shuffled = partial(DataLoader, shuffle=True)
        train = shuffled(data, shuffle=False, sampler=SubsetRandomSampler(rows))
        """,
    "a_name_with_two_meanings": """
        from functools import partial
        from torch.utils.data import DataLoader, SubsetRandomSampler
        load = partial(DataLoader, shuffle=True)
        load = partial(DataLoader, batch_size=8)
        train = load(data, sampler=SubsetRandomSampler(rows))
        """,
    "a_test_that_does_not_hold": """
        from torch.utils.data import DataLoader, RandomSampler
        SPLIT = "test"
        loader = DataLoader(data, shuffle=SPLIT == "train", sampler=RandomSampler(data))
        """,
    "one_or_the_other_by_callers": """
        from torch.utils.data import DataLoader, DistributedSampler
        def build(data, training, sampler=None):
            return DataLoader(data, 8, shuffle=training, sampler=sampler)
        train = build(data, False, DistributedSampler(data))
        val = build(held_out, True)
        """,
    "none_by_the_class_of_its_own": """
        from torch.utils.data import DataLoader, SubsetRandomSampler
        class Loader(DataLoader):
            def __init__(self, data, shuffle=True, held=0.0):
                sampler = self.part(held)
                super().__init__(data, sampler=sampler, shuffle=shuffle)
            def part(self, held):
                if held == 0.0:
                    return None
                return SubsetRandomSampler(first)
        loader = Loader(data)
        """,
}
