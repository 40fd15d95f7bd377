"""Statistics of all data, and of the training part alone."""

FIRES = {
    "fit_transform": """
        from sklearn.preprocessing import StandardScaler
        from sklearn.model_selection import train_test_split
        scaler = StandardScaler()
        X = scaler.fit_transform(X)  # here
        X_train, X_test, y_train, y_test = train_test_split(X, y)
        """,
    "fit": """
        from sklearn.preprocessing import MinMaxScaler
        from sklearn.model_selection import train_test_split
        def load(data, y):
            scaler = MinMaxScaler().fit(data)  # here
            scaled = scaler.transform(data)
            return train_test_split(scaled, y)
        """,
    "sliced": """
        import torch
        from sklearn.decomposition import PCA
        Z = PCA(8).fit_transform(X)  # here
        train_x, test_x = Z[:800], Z[800:]
        """,
    "by_hand": """
        import torch
        from torch.utils.data import TensorDataset, random_split
        x = (x - x.mean(0)) / x.std(0)  # here
        data = TensorDataset(x, y)
        train, val = random_split(data, [0.8, 0.2])
        """,
    "columns_of_a_table": """
        from sklearn.preprocessing import RobustScaler
        from sklearn.model_selection import train_test_split
        def load(df, cols):
            df[cols] = RobustScaler().fit_transform(df[cols])  # here
            return train_test_split(df)
        """,
    "in_a_function_before_another": """
        import pandas as pd
        from sklearn.preprocessing import RobustScaler
        def prepare(df):
            names = list(df.columns)
            scaler = RobustScaler().fit(df[names])  # here
            df[names] = scaler.transform(df[names])
            return df, names
        def split(df):
            train = df.sample(frac=0.8, random_state=0)
            return train, df.drop(train.index)
        def main():
            df, names = prepare(pd.read_csv("energy.csv"))
            train, test = split(df)
        main()
        """,
    "by_names_of_the_statistics": """
        import torch
        from torch.utils.data import TensorDataset, random_split
        sd, mu = torch.std_mean(x, dim=0)  # here
        x = (x - mu) / sd.clamp_min(1e-6)
        train, val = random_split(TensorDataset(x, y), [0.8, 0.2])
        """,
    "in_a_function": """
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler
        def read(path):
            table = load(path)
            return StandardScaler().fit_transform(table), table.y  # here
        x, y = read("a.csv")
        a, b, c, d = train_test_split(x, y)
        """,
    "cut_in_time": """
        import pandas as pd
        import torch
        df = pd.read_csv("prices.csv")
        df = (df - df.min()) / (df.max() - df.min())  # here
        split = 900
        past = df.iloc[:split].to_numpy()
        future = df.iloc[split:].to_numpy()
        """,
    "in_place": """
        from sklearn.model_selection import train_test_split
        x -= x.mean(0)
        x /= x.std(0)  # here
        a, b = train_test_split(x)
        """,
    "kept_by_a_dataset": """
        import numpy as np, pandas as pd, torch
        from sklearn.preprocessing import MinMaxScaler
        from torch.utils.data import DataLoader, Dataset, Subset, random_split
        class Windows(Dataset):
            def __init__(self, path, n=60):
                frame = pd.read_csv(path)
                self.scaler = MinMaxScaler()
                self.values = self.scaler.fit_transform(frame.values).astype("float32")  # here
            def __getitem__(self, i):
                return self.values[i:i+60], self.values[i+60, 0]
        def chrono(dataset, share):
            n = len(dataset)
            cut = int(n * (1 - share))
            return Subset(dataset, range(0, cut)), Subset(dataset, range(cut, n))
        def run():
            dataset = Windows("a.csv")
            train, val = chrono(dataset, 0.2)
            loader = DataLoader(train, shuffle=True)
        """,
    "by_hand_in_a_dataset": """
        import numpy as np, pandas as pd, torch
        from torch.utils.data import DataLoader, Dataset, Subset, random_split
        class Rows(Dataset):
            def __init__(self, path):
                df = pd.read_csv(path)
                x = torch.tensor(df.values)
                self.x = (x - x.mean(0)) / x.std(0)  # here
        dataset = Rows("a.csv")
        train_set, val_set = random_split(dataset, [0.8, 0.2])
        """,
    "a_scaler_of_the_file": """
        import torch
        from torch import nn
        class Standardizer(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.register_buffer("mean", torch.zeros(width))
                self.register_buffer("std", torch.ones(width))
            def fit(self, clips):
                rows = torch.cat(clips)
                self.mean.copy_(rows.mean(0))
                self.std.copy_(rows.std(0).clamp_min(1e-5))
                return self
            def forward(self, x):
                return (x - self.mean) / self.std
        def prepare(s):
            clips = read(s)
            norm = Standardizer(clips[0].size(1)).fit(clips)  # here
            order = torch.randperm(len(clips)).tolist()
            n = int(0.1 * len(clips))
            held = torch.cat([clips[i] for i in order[:n]])
            train = torch.cat([clips[i] for i in order[n:]])
            return norm(train), norm(held)
        """,
    "a_scaler_of_the_file_that_transforms": """
        import numpy as np
        from sklearn.model_selection import train_test_split
        class Normalizer:
            def fit(self, x):
                self.mean_ = x.mean(axis=0)
                self.std_ = x.std(axis=0)
                return self
            def transform(self, x):
                return (x - self.mean_) / self.std_
        def load(path):
            X, y = np.load(path)
            sc = Normalizer()
            sc.fit(X)  # here
            X = sc.transform(X)
            return train_test_split(X, y, test_size=0.2)
        """,
    "by_a_function": """
        import numpy as np
        from sklearn.model_selection import train_test_split
        def normalize(x):
            mean, std = x.mean(0), x.std(0)  # here
            return (x - mean) / std
        X, y = np.load("a.npy")
        X = normalize(X)
        a, b, c, d = train_test_split(X, y)
        """,
    "rows_one_by_one": """
        import torch
        from sklearn.preprocessing import StandardScaler
        rows = load()
        scaled = StandardScaler().fit_transform(rows)  # here
        idx = torch.randperm(len(rows))
        train = torch.tensor([scaled[i] for i in idx[:100]])
        val = torch.tensor([scaled[i] for i in idx[100:]])
        """,
}

SILENT = {
    "split_first": """
        from sklearn.preprocessing import StandardScaler
        from sklearn.model_selection import train_test_split
        a, b = train_test_split(X)
        scaler = StandardScaler()
        a = scaler.fit_transform(a)
        b = scaler.transform(b)
        """,
    "labels": """
        from sklearn.preprocessing import LabelEncoder
        from sklearn.model_selection import train_test_split
        y = LabelEncoder().fit_transform(y)
        a, b = train_test_split(y)
        """,
    "in_a_pipeline": """
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.model_selection import train_test_split
        a, b = train_test_split(X)
        model = make_pipeline(StandardScaler()).fit(a)
        """,
    "part_scaled_by_hand": """
        import torch
        train, test = x[:800], x[800:]
        train = (train - train.mean(0)) / train.std(0)
        """,
    "fitted_to_the_training_rows": """
        import numpy as np
        from sklearn.preprocessing import StandardScaler
        from torch.utils.data import Subset
        train_rows, val_rows = np.split(order, [800])
        scaler = StandardScaler().fit(x[train_rows])
        x = scaler.transform(x)
        train = Subset(x, train_rows)
        """,
    "context_and_target": """
        import torch
        x = (x - x.mean()) / x.std()
        for step in range(9):
            context, target = x[:seen], x[seen:]
        """,
    "a_setting_of_its_own": """
        from sklearn.preprocessing import StandardScaler
        from sklearn.model_selection import train_test_split
        def load(size):
            a, b = train_test_split(rows)
            scaler = StandardScaler().fit(a)
            return loader(scaler.transform(a), size), loader(scaler.transform(b), size)
        train_loader, test_loader = load(CONFIG["size"])
        """,
    "datasets_of_the_parts": """
        import numpy as np, pandas as pd, torch
        from sklearn.preprocessing import StandardScaler
        from torch.utils.data import DataLoader, Dataset, Subset, random_split
        class Rows(Dataset):
            def __init__(self, df, scaler=None):
                self.scaler = scaler or StandardScaler().fit(df)
                self.x = self.scaler.transform(df)
        class Fitted(Dataset):
            def __init__(self, df):
                self.x = StandardScaler().fit_transform(df)
        df = pd.read_csv("a.csv")
        train_df, val_df = df[:100], df[100:]
        train = Rows(train_df)
        val = Rows(val_df, train.scaler)
        other = Fitted(train_df)
        """,
    "a_scaler_of_the_file_after_the_split": """
        import numpy as np
        from sklearn.model_selection import train_test_split
        class Normalizer:
            def fit(self, x):
                self.mean_ = x.mean(axis=0)
                self.std_ = x.std(axis=0)
                return self
            def transform(self, x):
                return (x - self.mean_) / self.std_
        def load(path):
            X, y = np.load(path)
            a, b, c, d = train_test_split(X, y, test_size=0.2)
            sc = Normalizer().fit(a)
            return sc.transform(a), sc.transform(b)
        """,
    "each_row_by_itself": """
        import numpy as np
        from sklearn.model_selection import train_test_split
        def normalize(x):
            return (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)
        X, y = np.load("a.npy")
        X = normalize(X)
        Z = (X - X.mean(-1)) / X.std(-1)
        a, b, c, d = train_test_split(X, y)
        e, f = train_test_split(Z)
        """,
}
