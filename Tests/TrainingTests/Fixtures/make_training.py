"""Makes training.json and components.json with PyTorch, scikit-learn and NumPy: python
make_training.py, in this directory.

training.json    a small classification problem, a network 12-10-8-3's initial weights, and what
                 PyTorch makes of them without dropout: the
                 parameters after one step of Adam, and the loss of each of 20 steps on given
                 batches; and the spread over 24 seeds of the losses of 25 epochs with dropout 0.2,
                 120 rows to train on in 8 batches and 40 to validate on
components.json  correlated rows of three classes; NumPy's eigenvalues and components of the
                 covariance of the standardised rows,
                 scikit-learn's scaler, class centroids, and the accuracy of scikit-learn's logistic
                 regression on one component
"""

import json

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

torch.manual_seed(11)
torch.set_num_threads(1)
rng = np.random.default_rng(11)


def listed(array):
    """Numbers as the shortest text of their own precision."""
    array = np.asarray(array)
    return [float(str(v)) for v in array.ravel()]


# --- training
features, classes, rows, batch, steps = 12, 3, 160, 32, 20
labels = rng.integers(0, classes, rows)
x = (
    (rng.normal(size=(rows, features)) + 0.8 * rng.normal(size=(classes, features))[labels])
    .astype(np.float32)
    .round(3)
)
network = torch.nn.Sequential(
    torch.nn.Linear(features, 10),
    torch.nn.Tanh(),
    torch.nn.Linear(10, 8),
    torch.nn.Tanh(),
    torch.nn.Linear(8, classes),
)


def flat():
    """Parameters layer by layer, weight before bias: Verglas' order."""
    return torch.cat([p.detach().ravel() for p in network.parameters()]).numpy().copy()


initial = flat()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
loss_function = torch.nn.CrossEntropyLoss()
order = np.concatenate([rng.permutation(rows) for _ in range(steps * batch // rows + 1)])[
    : steps * batch
]
losses, first_gradient, after_one = [], None, None
for step in range(steps):
    chosen = order[step * batch : (step + 1) * batch]
    optimiser.zero_grad()
    loss = loss_function(network(torch.from_numpy(x[chosen])), torch.from_numpy(labels[chosen]))
    loss.backward()
    if step == 0:
        first_gradient = torch.cat([p.grad.ravel() for p in network.parameters()]).numpy().copy()
    optimiser.step()
    if step == 0:
        after_one = flat()
    losses.append(loss.item())

# --- loss curves
curves = []
for seed in range(24):
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(features, 10),
        torch.nn.Tanh(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(10, 8),
        torch.nn.Tanh(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(8, classes),
    )
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    tx, ty = torch.from_numpy(x), torch.from_numpy(labels)
    curve = []
    for epoch in range(25):
        net.train()
        total = 0.0
        for chosen in torch.tensor_split(torch.randperm(120), 8):
            optimiser.zero_grad()
            loss = loss_function(net(tx[chosen]), ty[chosen])
            loss.backward()
            optimiser.step()
            total += loss.item() * len(chosen)
        net.eval()
        with torch.no_grad():
            curve.append([total / 120, loss_function(net(tx[120:]), ty[120:]).item()])
    curves.append(curve)
curves = np.array(curves)  # [seed, epoch, training or validation]

json.dump(
    {
        "widths": [features, 10, 8, classes],
        "rows": rows,
        "batch": batch,
        "x": listed(x),
        "labels": labels.tolist(),
        "order": order.tolist(),
        "initial": listed(initial),
        "gradient": listed(first_gradient),
        "afterOne": listed(after_one),
        "afterAll": listed(flat()),
        "losses": losses,
        "curveMean": curves.mean(0).ravel().tolist(),
        "curveDeviation": curves.std(0, ddof=1).ravel().tolist(),
    },
    open("training.json", "w"),
)

# --- components
features, rows = 9, 210
labels = np.arange(rows) % classes
mixing = rng.normal(size=(features, features))
raw = (
    rng.normal(size=(rows, features)) * np.linspace(2, 0.2, features)
    + rng.normal(size=(classes, features))[labels]
)
raw = (raw @ mixing + 20 * rng.normal(size=features)).astype(np.float32)
raw[:, 4] = 3.25  # never varies
scaler = StandardScaler().fit(raw.astype(np.float64))
z = scaler.transform(raw.astype(np.float64))
values, vectors = np.linalg.eigh(z.T @ z / (rows - 1))
values, components = values[::-1], vectors[:, ::-1].T
largest = np.abs(components).argmax(1)
components = components * np.sign(components[np.arange(features), largest])[:, None]
scores = z @ components.T
centroids = np.array([scores[labels == k, :2].mean(0) for k in range(classes)])
accuracy, coefficients = [], []
for c in range(3):
    fit = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(scores[:, c : c + 1], labels)
    accuracy.append(float((fit.predict(scores[:, c : c + 1]) == labels).mean()))
    coefficients.append([fit.coef_.ravel().tolist(), fit.intercept_.tolist()])
json.dump(
    {
        "features": features,
        "classes": classes,
        "rows": rows,
        "raw": listed(raw),
        "labels": labels.tolist(),
        "mean": scaler.mean_.tolist(),
        "scale": scaler.scale_.tolist(),
        "values": values.tolist(),
        "components": components[:5].ravel().tolist(),
        "centroids": centroids.ravel().tolist(),
        "distances": np.linalg.norm(centroids[:, None] - centroids[None], axis=2).ravel().tolist(),
        "accuracy": accuracy,
        "coefficients": coefficients,
    },
    open("components.json", "w"),
)
