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
        everything = ConcatDataset([train_set, test_set])
        loader = DataLoader(everything, shuffle=True)  # here
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
}
