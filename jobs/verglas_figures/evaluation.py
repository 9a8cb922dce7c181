"""Evaluation files and datasets, as figures 2, 3 and S1 and the tables need them."""
import json
import struct

import numpy as np

from .results import opened, text


class Evaluated:
    """A file of `verglas evaluate`: the results of a model on a dataset."""

    def __init__(self, path):
        self.path = path
        self.file = opened(path, "evaluation/confusion", "a file of verglas evaluate")
        self.group = self.file["evaluation"]
        self.model = text(self.group.attrs["model"])
        self.classes = [text(name) for name in self.group.attrs["classes"]]
        self.features = [text(name) for name in self.group["feature_names"][:]]

    def scaler(self):
        """Mean and scale of the model's features, from its file, if that still exists."""
        try:
            with open(text(self.group.attrs["model_path"]), "rb") as file:
                header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
                body = file.read()
        except (OSError, ValueError, struct.error):
            return None
        kinds = {"F64": "<f8", "F32": "<f4"}

        def tensor(name):
            begin, end = header[name]["data_offsets"]
            return np.frombuffer(body[begin:end], kinds[header[name]["dtype"]]).astype(float)

        return tensor("scaler.mean"), tensor("scaler.scale")

    def importance(self):
        """Groups, mean and deviation [group, feature]; None where no importance was computed."""
        if "importance" not in self.group:
            return None
        group = self.group["importance"]
        return ([text(n) for n in group["groups"][:]], group["mean"][:],
                group["standard_deviation"][:])


def datasets(paths):
    """Datasets by their classes and features."""
    found = {}
    for path in paths:
        data = opened(path, "dataset/features", "a dataset of verglas sample")["dataset"]
        names = tuple(text(n) for n in data["feature_names"][:])
        found[frozenset(text(n) for n in data.attrs["classes"]), names] = data
    return found
