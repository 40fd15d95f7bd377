"""Datasets whose workers draw the same numbers, and such as do not."""

FIRES = {
    "own_generator": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        class Noisy(Dataset):
            def __init__(self):
                self.rng = np.random.default_rng(0)
            def __getitem__(self, index):
                return self.rng.normal()
        loader = DataLoader(Noisy(), num_workers=4)  # here
        """,
    "of_the_module": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        rng = np.random.RandomState(3)
        class Noisy(Dataset):
            def __getitem__(self, index):
                return self.jitter(index)
            def jitter(self, x):
                return x + rng.rand()
        loader = DataLoader(Noisy(), batch_size=4, num_workers=2)  # here
        """,
    "same_seed_for_each": """
        import numpy as np, torch
        from torch.utils.data import DataLoader
        def start(worker_id):
            np.random.seed(42)
        loader = DataLoader(data, num_workers=4, worker_init_fn=start)  # here
        """,
    "same_seed_for_each_item": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        class Noisy(Dataset):
            def __getitem__(self, index):
                np.random.seed(0)
                return np.random.rand()
        loader = DataLoader(Noisy(), num_workers=4)  # here
        """,
    "same_seed_by_a_lambda": """
        import numpy as np, torch
        from torch.utils.data import DataLoader
        start = lambda worker: np.random.seed(9)
        loader = DataLoader(data, num_workers=4, worker_init_fn=start)  # here
        """,
    "a_stream_of_one_seed": """
        import numpy as np
        from torch.utils.data import DataLoader, IterableDataset
        class Drawings(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
            def __iter__(self):
                rng = np.random.Generator(np.random.PCG64(self.seed))
                while True:
                    yield rng.uniform(size=3)
        stream = DataLoader(Drawings(48), batch_size=8, num_workers=6)  # here
        """,
    "a_seed_bound_by_partial": """
        import functools
        import numpy as np
        from torch.utils.data import DataLoader
        def prepare(worker, seed):
            np.random.seed(seed)
        init = functools.partial(prepare, seed=101)
        loader = DataLoader(data, num_workers=8, worker_init_fn=init)  # here
        """,
    "of_what_the_dataset_holds": """
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Jitter:
            def __init__(self, rng):
                self.rng = rng
            def __call__(self, x):
                return x + self.rng.normal()
        class Rows(Dataset):
            def __init__(self):
                self.jitter = Jitter(np.random.default_rng(0))
            def __getitem__(self, index):
                return self.jitter(index)
        loader = DataLoader(Rows(), num_workers=4)  # here
        """,
    "of_a_composed_transform": """
        import numpy as np
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        from torchvision.transforms import Compose, ToTensor
        dice = np.random.RandomState(7)
        def crop(x):
            return x[dice.randint(9):]
        def two(x):
            return crop(x), crop(x)
        data = ImageFolder("maps", transform=Compose([ToTensor(), two]))
        loader = DataLoader(data, num_workers=6)  # here
        """,
    "of_an_argument": """
        import torch
        from torch.utils.data import DataLoader, Dataset
        class Noisy(Dataset):
            def __init__(self, generator):
                self.g = generator
            def __getitem__(self, index):
                return torch.randn(3, generator=self.g)
        loader = DataLoader(Noisy(torch.Generator().manual_seed(1)), num_workers=2)  # here
        """,
    "a_stream_by_another_method": """
        import numpy as np
        from torch.utils.data import DataLoader, IterableDataset
        class Stream(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
                self.round = 0
            def endless(self):
                rng = np.random.default_rng([self.seed, self.round])
                while True:
                    yield rng.normal()
            def __iter__(self):
                return iter(self.endless())
        loader = DataLoader(Stream(3), num_workers=4)  # here
        """,
    "a_stream_of_the_epoch": """
        import random
        from torch.utils.data import DataLoader, IterableDataset
        class Stream(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
                self.epoch = 0
            def __iter__(self):
                rng = random.Random(self.seed + self.epoch)
                while True:
                    yield rng.random()
        loader = DataLoader(Stream(3), num_workers=4)  # here
        """,
}

SILENT = {
    "numpy_itself": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        class Noisy(Dataset):
            def __getitem__(self, index):
                return np.random.rand()
        loader = DataLoader(Noisy(), num_workers=4)
        """,
    "no_workers": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        class Noisy(Dataset):
            def __init__(self):
                self.rng = np.random.default_rng(0)
            def __getitem__(self, index):
                return self.rng.normal()
        loader = DataLoader(Noisy())
        other = DataLoader(Noisy(), num_workers=0)
        """,
    "seeded_by_the_worker": """
        import numpy as np, torch
        from torch.utils.data import DataLoader
        def start(worker_id):
            np.random.seed(42 + worker_id)
        def begin(_):
            np.random.seed(torch.initial_seed() % 2**32)
        a = DataLoader(data, num_workers=4, worker_init_fn=start)
        b = DataLoader(data, num_workers=4, worker_init_fn=begin)
        """,
    "drawn_before": """
        import numpy as np, torch
        from torch.utils.data import DataLoader, Dataset
        class Fixed(Dataset):
            def __init__(self):
                rng = np.random.default_rng(0)
                self.x = rng.normal(size=9)
            def __getitem__(self, index):
                return self.x[index]
        loader = DataLoader(Fixed(), num_workers=4)
        """,
    "a_stream_of_its_worker": """
        import numpy as np
        from torch.utils.data import DataLoader, IterableDataset, get_worker_info
        class Drawings(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
            def __iter__(self):
                rng = np.random.default_rng([self.seed, get_worker_info().id])
                while True:
                    yield rng.uniform(size=3)
        class Sentences(IterableDataset):
            def __init__(self):
                self.epoch = 0
            def __iter__(self):
                self.epoch += 1
                rng = np.random.default_rng(self.epoch)
                yield rng.uniform(size=3)
        stream = DataLoader(Drawings(48), batch_size=8, num_workers=6)
        other = DataLoader(Sentences(), batch_size=8, num_workers=6)
        """,
    "a_seed_of_the_worker_bound_by_partial": """
        import functools
        import numpy as np
        from torch.utils.data import DataLoader
        def prepare(worker, seed):
            np.random.seed(seed + worker)
        init = functools.partial(prepare, seed=101)
        loader = DataLoader(data, num_workers=8, worker_init_fn=init)
        """,
    "drawn_before_the_workers": """
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Rows(Dataset):
            def __init__(self, seed=0):
                rng = np.random.default_rng(seed)
                self.order = rng.permutation(100)
            def __getitem__(self, index):
                return self.order[index]
        loader = DataLoader(Rows(), num_workers=4)
        """,
    "made_in_each_worker": """
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Jitter:
            def __call__(self, x):
                rng = np.random.default_rng()
                return x + rng.normal()
        class Rows(Dataset):
            def __init__(self):
                self.jitter = Jitter()
            def __getitem__(self, index):
                return self.jitter(index)
        loader = DataLoader(Rows(), num_workers=4)
        """,
    "a_stream_by_another_method_that_asks": """
        import numpy as np
        from torch.utils.data import DataLoader, IterableDataset, get_worker_info
        class Stream(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
            def endless(self):
                rng = np.random.default_rng([self.seed, get_worker_info().id])
                while True:
                    yield rng.normal()
            def __iter__(self):
                return iter(self.endless())
        loader = DataLoader(Stream(3), num_workers=4)
        """,
    "a_stream_of_a_worker_that_is_kept": """
        import random
        from torch.utils.data import DataLoader, IterableDataset
        class Stream(IterableDataset):
            def __init__(self, seed):
                self.seed = seed
                self.worker = 0
            def __iter__(self):
                rng = random.Random(self.seed + self.worker)
                while True:
                    yield rng.random()
        loader = DataLoader(Stream(3), num_workers=4)
        """,
}
