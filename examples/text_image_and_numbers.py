"""Classify the rows of a DataFrame that have a text, a small image and numbers.

Each row is a parcel with a note, written with spelling mistakes; a noisy image of the digit on its
label; and two numbers, its weight and its length. Each of these is informative about the depot of
the parcel, but none is sufficient. Three bases of the stack select their columns: the text as a
Series, the image as 64 flat pixels, the numbers. The last base uses all columns, by a
`ColumnTransformer` that joins the vectors learned by the networks of text and image with the
numbers. It is overconfident, because its vectors come from networks that were fitted on the same
rows. The stack corrects this, because its second layer is fitted on held-out rows.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdeep import ConvexStackingClassifier, ImageClassifier, StackingClassifier, TextClassifier

DEPOTS = ("north", "south", "west")
GOODS = {
    "north": ("woollen scarf", "snow boots", "tea kettle", "reading lamp"),
    "south": ("beach towel", "sun hat", "tea glasses", "garden lamp"),
    "west": ("rain coat", "rubber boots", "sea chart", "storm lamp"),
}
NUMBERS = ["kilograms", "centimetres"]
PIXELS = [f"pixel{i}" for i in range(64)]


def with_slips(note, rng):
    """A note in which some letters are left out or written twice."""
    return "".join(letter * rng.choice([0, 1, 1, 1, 1, 1, 1, 2]) for letter in note)


def make_parcels(n=1200, seed=0):
    """Return a DataFrame of parcels and their depots."""
    rng = np.random.default_rng(seed)
    pixels, digits = load_digits(return_X_y=True)
    depot = rng.integers(0, 3, n)
    # The digits 0-2, 3-5 and 6-8 belong to one depot each; a quarter of the digits is random.
    shown = np.where(rng.uniform(size=n) < 0.25, rng.integers(0, 3, n), depot)
    pictures = [rng.choice(np.flatnonzero(digits // 3 == s)) for s in shown]
    # Goods belong to one depot each as well; a quarter of the notes is random.
    goods = [
        GOODS[DEPOTS[rng.integers(3) if rng.uniform() < 0.25 else d]][rng.integers(4)]
        for d in depot
    ]
    frame = pd.DataFrame(pixels[pictures] + rng.normal(0, 3, (n, 64)), columns=PIXELS)
    frame.insert(0, "note", [with_slips(f"one {item}, fragile", rng) for item in goods])
    frame["kilograms"] = rng.gamma(2.0 + depot)
    frame["centimetres"] = rng.normal(40.0 + 5.0 * depot, 10.0)
    return frame, np.array(DEPOTS)[depot]


def notes(frame):
    """The column of texts."""
    return frame["note"]


def picked(columns):
    """A transformer that selects some columns and drops all others."""
    return ColumnTransformer([("only", "passthrough", columns)])


def make_bases():
    """Return classifiers of the text, of the image, of the numbers and of all together."""
    text = TextClassifier(random_state=0)
    image = ImageClassifier(image_shape=(8, 8), n_estimators=1, max_iter=10, random_state=0)
    vectors = ColumnTransformer(
        [("note", text, "note"), ("picture", image, PIXELS), ("numbers", StandardScaler(), NUMBERS)]
    )
    return [
        ("note", make_pipeline(FunctionTransformer(notes), text)),
        ("picture", make_pipeline(picked(PIXELS), image)),
        ("numbers", make_pipeline(picked(NUMBERS), HistGradientBoostingClassifier(max_iter=20))),
        ("vectors of all", make_pipeline(vectors, LogisticRegression(max_iter=1000))),
    ]


def main():
    """Fit the stack, and print the test scores of the stack and its bases."""
    X, y = make_parcels()
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    stack = StackingClassifier(
        make_bases(), final_estimator=ConvexStackingClassifier(), cv=0.25, random_state=0
    ).fit(X_train, y_train)
    print(f"{'':<16} {'accuracy':>8} {'log-loss':>9}")
    for name, model in {**stack.named_estimators_, "stack": stack}.items():
        p = model.predict_proba(X_test)
        accuracy = accuracy_score(y_test, stack.classes_[p.argmax(axis=1)])
        print(f"{name:<16} {accuracy:8.4f} {log_loss(y_test, p):9.4f}")


if __name__ == "__main__":
    main()
