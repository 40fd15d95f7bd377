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
}
