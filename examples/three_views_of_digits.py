"""Blend three views of small images: as an image, as a sequence of rows, as a table of pixels.

The bases are a convolutional network on the image, a recurrent network that reads it row by row,
and a forest on 64 unordered numbers. They make different errors. `cv=0.2` holds out a fifth of the
training rows, and the second layer learns the weights of the bases from their predictions for these
rows. The scores on the test set, which no fit has seen, show whether the blend is better.
"""

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeep import (
    ConvexStackingClassifier,
    ImageClassifier,
    SequenceClassifier,
    StackingClassifier,
)

SIZE = 8  # pixels of a side


def as_rows(X):
    """Images as sequences of their rows, with a channel for each column; (n, columns, rows)."""
    return X.reshape(-1, SIZE, SIZE).transpose(0, 2, 1)


def make_bases():
    """Three classifiers of flat images."""
    recurrent = SequenceClassifier(architecture="gru", n_estimators=1, random_state=0)
    return [
        ("picture", ImageClassifier(image_shape=(SIZE, SIZE), n_estimators=1, random_state=0)),
        ("rows", make_pipeline(FunctionTransformer(as_rows), recurrent)),
        ("pixels", RandomForestClassifier(300, random_state=0)),
    ]


def main():
    """Fit the blend, and print the test scores of the blend and its bases."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    blend = StackingClassifier(
        make_bases(), final_estimator=ConvexStackingClassifier(), cv=0.2, random_state=0
    )
    blend.fit(X_train, y_train)
    models = {**blend.named_estimators_, "blend of the three": blend}
    print(f"{'':<20} {'accuracy':>8} {'log-loss':>9}")
    for name, model in models.items():
        p = model.predict_proba(X_test)
        accuracy = accuracy_score(y_test, blend.classes_[p.argmax(axis=1)])
        print(f"{name:<20} {accuracy:8.4f} {log_loss(y_test, p):9.4f}")


if __name__ == "__main__":
    main()
