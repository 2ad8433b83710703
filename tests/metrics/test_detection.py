"""mean_average_precision against closed forms and a brute force over thresholds."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from skdeep.metrics import mean_average_precision

BOX, NEAR, FAR = [0, 0, 10, 10], [0, 0, 10, 6], [20, 20, 30, 30]
NOTHING = (np.empty((0, 4)), [])


def test_closed_forms():
    truth = [([BOX, FAR], [1, 1])]

    def of(boxes, scores):
        return mean_average_precision(truth, [(boxes, [1] * len(boxes), scores)])

    assert of([BOX, FAR], [0.1, 0.9]) == 1.0
    assert of([BOX], [0.1]) == 0.5
    # A box found twice is right once: the copy halves the precision of what comes after it.
    assert of([BOX, BOX, FAR], [0.9, 0.8, 0.7]) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert of([BOX, FAR, BOX], [0.9, 0.8, 0.7]) == 1.0
    assert of([[50, 50, 60, 60]], [0.9]) == 0.0


@pytest.mark.parametrize(("iou", "expected"), [(0.5, 1.0), (0.6, 1.0), (0.61, 0.0)])
def test_overlap_has_to_reach_the_threshold(iou, expected):
    assert mean_average_precision([([BOX], [0])], [([NEAR], [0], [1.0])], iou=iou) == expected


def test_classes_count_the_same_and_those_without_boxes_not_at_all():
    truth = [([BOX, FAR], ["cat", "cat"]), ([BOX], ["dog"])]
    found = [([BOX, FAR], ["cat", "cat"], [0.9, 0.8]), ([BOX], ["cow"], [0.9])]
    assert mean_average_precision(truth, found) == 0.5


def test_images_without_boxes():
    none = (*NOTHING, [])
    assert mean_average_precision([NOTHING], [none]) == 1.0
    assert mean_average_precision([NOTHING], [([BOX], [0], [0.5])]) == 0.0
    assert mean_average_precision([([BOX], [0])], [none]) == 0.0
    # What is found in an empty image is wrong.
    truth, wrong = [([BOX], [0]), NOTHING], ([BOX], [0], [0.9])
    assert mean_average_precision(truth, [([BOX], [0], [0.5]), wrong]) == 0.5


def brute_force(truth, found, label):
    """Area under the best precision at each recall, over all thresholds, boxes matched by loops."""
    curve = []
    scores = sorted(
        {s for _, k, sure in found for s, kk in zip(sure, k, strict=True) if kk == label}
    )
    n_boxes = sum(list(labels).count(label) for _, labels in truth)
    for threshold in scores:
        n_right = n_found = 0
        for (boxes, labels), (near, guesses, sure) in zip(truth, found, strict=True):
            free = [i for i, k in enumerate(labels) if k == label]
            every = list(free)
            for i in sorted(range(len(sure)), key=lambda i: -sure[i]):
                if guesses[i] != label or sure[i] < threshold:
                    continue
                n_found += 1
                best = max(every, key=lambda j: overlap(near[i], boxes[j]), default=None)
                if best in free and overlap(near[i], boxes[best]) >= 0.5:
                    free.remove(best)
                    n_right += 1
        curve.append((n_right / n_boxes, n_right / n_found))
    area, reached = 0.0, 0.0
    for recall in sorted({recall for recall, _ in curve}):
        area += (recall - reached) * max(p for r, p in curve if r >= recall)
        reached = recall
    return area


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def scene(seed, n_images=8):
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(n_images):
        corner = rng.integers(0, 20, (rng.integers(0, 5), 2))
        boxes = np.hstack([corner, corner + rng.integers(6, 12, corner.shape)])
        labels = rng.integers(0, 2, len(boxes))
        moved = boxes + rng.integers(-2, 3, boxes.shape)
        kept = rng.random(len(boxes)) < 0.8
        extra = np.array([[1, 1, 9, 9], [12, 12, 20, 19]])
        near = np.vstack([moved[kept], extra])
        guesses = np.append(labels[kept], [0, 1])
        truth.append((boxes, labels))
        found.append((near, guesses, rng.integers(1, 9, len(near)) / 10 + rng.random(len(near))))
    return truth, found


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_brute_force_gives(seed):
    truth, found = scene(seed)
    expected = np.mean([brute_force(truth, found, label) for label in (0, 1)])
    assert 0.1 < expected < 0.95
    assert mean_average_precision(truth, found) == pytest.approx(expected)


def test_one_box_an_image_is_a_ranking():
    # Where precision only falls, it is what scikit-learn computes for right and wrong answers.
    right = np.array([1, 1, 1, 0, 1, 0, 0])
    scores = np.linspace(0.9, 0.3, 7)
    truth = [([BOX], [0]) if r else NOTHING for r in right]
    found = [([BOX], [0], [s]) for s in scores]
    assert mean_average_precision(truth, found) == pytest.approx(
        average_precision_score(right, scores)
    )


def test_weights_count_images():
    truth, found = scene(0)
    weight = np.array([0, 1, 2, 1, 0, 3, 1, 1])
    rows = np.repeat(np.arange(8), weight)
    expected = mean_average_precision([truth[i] for i in rows], [found[i] for i in rows])
    assert mean_average_precision(truth, found, sample_weight=weight) == pytest.approx(expected)


def test_the_order_of_images_and_boxes_means_nothing():
    truth, found = scene(1)
    rng = np.random.default_rng(0)
    turned = [
        [part[order] for part in parts]
        for parts in found
        for order in [rng.permutation(len(parts[0]))]
    ]
    expected = mean_average_precision(truth, found)
    assert mean_average_precision(truth[::-1], turned[::-1]) == pytest.approx(expected)


REFUSED = {
    "fewer": ([([BOX], [0])], [], {}, "1 images and y_pred 0"),
    "no scores": ([([BOX], [0])], [([BOX], [0])], {}, r"y_pred\[0\] is not \(boxes, labels, sc"),
    "labels": ([([BOX], [0, 1])], [([BOX], [0], [1])], {}, r"y_true\[0\].*\(1, 4\), \(2,\)"),
    "iou": ([([BOX], [0])], [([BOX], [0], [1])], {"iou": 0.0}, r"iou=0.0 is not in \(0, 1\]"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused(name):
    truth, found, options, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        mean_average_precision(truth, found, **options)
