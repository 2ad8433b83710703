"""Weights, groups and other metadata reach those that request them, row by row."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, GroupShuffleSplit, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeep.ensemble import StackingClassifier, StackingRegressor


@pytest.fixture
def weights():
    return np.random.RandomState(0).uniform(1, 3, 200)


class Recorder(RegressorMixin, BaseEstimator):
    """Notes the rows (by their first column) and the metadata of each fit of any instance."""

    fits: list = []

    def __init__(self, name="base"):
        self.name = name

    def fit(self, X, y, sample_weight=None, note=None):
        self.fits.append((self.name, np.asarray(X)[:, 0], np.asarray(y), sample_weight, note))
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.asarray(X)[:, 0]


@pytest.mark.parametrize("cv", [ShuffleSplit(3, test_size=0.4, random_state=1), 0.3])
def test_weights_go_with_their_rows(cv):
    # civisml-extensions hands the second layer weights in another order than its rows;
    # scikit-learn#16537: weights that were not sliced.
    Recorder.fits.clear()
    X = np.arange(200.0)[:, None]
    stack = StackingRegressor([("base", Recorder())], Recorder("final"), cv=cv, passthrough=True)
    stack.fit(X, X[:, 0] * 2, sample_weight=X[:, 0] * 3 + 1)
    assert len(Recorder.fits) == (5 if cv != 0.3 else 3)
    for _, rows, y, weight, _ in Recorder.fits:
        assert_array_equal(y, rows * 2)
        assert_array_equal(weight, rows * 3 + 1)
    (final,) = (fit for fit in Recorder.fits if fit[0] == "final")
    assert_array_equal(final[1], stack.meta_indices_)


def test_weight_zero_is_the_row_left_out(diabetes):
    X, y = diabetes
    weights = np.ones(200)
    weights[::5] = 0
    kept = np.flatnonzero(weights)
    cv = ShuffleSplit(1, test_size=0.4, random_state=0)
    (train, test), *_ = cv.split(X)
    number = np.cumsum(weights > 0) - 1  # of a kept row among the kept
    split = tuple(number[part[weights[part] > 0]] for part in (train, test))
    bases = [("ridge", Ridge()), ("lr", LinearRegression())]
    for refit in (True, False):
        stack = StackingRegressor(bases, LinearRegression(), refit=refit)
        weighted = clone(stack).set_params(cv=cv).fit(X, y, sample_weight=weights)
        without = clone(stack).set_params(cv=[split]).fit(X[kept], y[kept])
        assert_allclose(weighted.predict(X), without.predict(X), rtol=1e-9)


def test_pipeline_takes_weights(diabetes, weights):
    # scikit-learn#29454: a Pipeline among the bases made every weighted fit fail.
    X, y = diabetes
    pipeline = make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), Ridge()))
    stack = StackingRegressor([("pipe", pipeline)], make_pipeline(StandardScaler(), Ridge()))
    stack.fit(X, y, sample_weight=weights)
    alone = Ridge().fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    assert_allclose(
        stack.estimators_[0].predict(X), alone.predict(StandardScaler().fit_transform(X))
    )
    assert not np.allclose(stack.predict(X), stack.fit(X, y).predict(X))


def test_weight_of_none_is_none(diabetes):
    X, y = diabetes
    bases = [("near", KNeighborsRegressor())]  # whose fit knows no weights
    stack = StackingRegressor(bases).fit(X, y, sample_weight=None)
    assert_array_equal(stack.predict(X), StackingRegressor(bases).fit(X, y).predict(X))


def test_lack_of_weights_is_found_before_any_fit(diabetes, weights):
    Recorder.fits.clear()
    bases = [("recorder", Recorder()), ("near", make_pipeline(KNeighborsRegressor()))]
    with pytest.raises(TypeError, match="KNeighborsRegressor does not support sample weights"):
        StackingRegressor(bases).fit(*diabetes, sample_weight=weights)
    assert not Recorder.fits


def test_prefit_bases_need_not_take_weights(diabetes, weights):
    X, y = diabetes
    bases = [("near", KNeighborsRegressor().fit(X, y))]
    stack = StackingRegressor(bases, Ridge(), cv="prefit").fit(X, y, sample_weight=weights)
    expected = Ridge().fit(bases[0][1].predict(X)[:, None], y, sample_weight=weights)
    assert_allclose(stack.final_estimator_.coef_, expected.coef_)


# Routing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [None, True, False])
@config_context(enable_metadata_routing=True)
def test_final_estimator_gets_what_it_requests(diabetes, weights, wanted):
    # scikit-learn hands it everything, though its request says no.
    Recorder.fits.clear()
    bases = [
        ("yes", Recorder("yes").set_fit_request(sample_weight=True, note=True)),
        ("no", Recorder("no").set_fit_request(sample_weight=False, note=False)),
    ]
    final = Recorder("final")
    if wanted is not None:
        final.set_fit_request(sample_weight=wanted, note=False)
    StackingRegressor(bases, final, cv=2).fit(*diabetes, sample_weight=weights, note="n")
    got = {(name, w is not None, note) for name, _, _, w, note in Recorder.fits}
    assert got == {("yes", True, "n"), ("no", False, None), ("final", wanted is True, None)}


@config_context(enable_metadata_routing=True)
def test_unset_request_of_a_base_is_an_error(diabetes, weights):
    with pytest.raises(ValueError, match=r"\[sample_weight\] are passed but are not explicitly"):
        StackingRegressor([("ridge", Ridge())]).fit(*diabetes, sample_weight=weights)


@config_context(enable_metadata_routing=True)
def test_alias_of_a_request(weights):
    Recorder.fits.clear()
    X = np.arange(200.0)[:, None]
    base = Recorder().set_fit_request(sample_weight="mine")
    final = Recorder("final").set_fit_request(sample_weight="other")
    stack = StackingRegressor([("base", base)], final, cv=ShuffleSplit(2, random_state=0))
    stack.fit(X, X[:, 0], mine=weights, other=2 * weights)
    for name, _, y, weight, _ in Recorder.fits:
        factor = 2 if name == "final" else 1
        assert_array_equal(weight, factor * weights[y.astype(int)])


@config_context(enable_metadata_routing=True)
def test_groups_reach_the_splitter(diabetes):
    # scikit-learn: TypeError, groups are not routed.
    X, y = diabetes
    groups = np.arange(200) // 10
    for cv in (GroupKFold(4), GroupShuffleSplit(2, random_state=0)):
        stack = StackingRegressor([("ridge", Ridge())], cv=cv, store_cv_predictions=True)
        stack.fit(X, y, groups=groups)
        same = StackingRegressor(
            [("ridge", Ridge())], cv=list(cv.split(X, y, groups)), store_cv_predictions=True
        ).fit(X, y)
        assert_array_equal(stack.meta_features_, same.meta_features_)


@config_context(enable_metadata_routing=True)
def test_groups_through_a_search(diabetes):
    X, y = diabetes
    stack = StackingRegressor([("ridge", Ridge())], cv=GroupKFold(3))
    search = GridSearchCV(stack, {"ridge__alpha": [0.1, 1]}, cv=GroupKFold(2), error_score="raise")
    search.fit(X, y, groups=np.arange(200) // 10)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@config_context(enable_metadata_routing=True)
def test_weights_for_the_final_estimator_alone_through_a_search(diabetes, weights):
    Recorder.fits.clear()
    final = Recorder("final").set_fit_request(sample_weight=True)
    base = Ridge().set_fit_request(sample_weight=False)
    stack = StackingRegressor([("ridge", base)], final, cv=2)
    GridSearchCV(stack, {"ridge__alpha": [1]}, cv=2).fit(*diabetes, sample_weight=weights)
    assert [weight is None for *_, weight, _ in Recorder.fits] == [False] * 3


@config_context(enable_metadata_routing=True)
def test_names_that_routing_needs(diabetes):
    with pytest.raises(ValueError, match=r"needs the names \['splitter'\]"):
        StackingRegressor([("splitter", Ridge())]).fit(*diabetes)


class Strict(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X, *, shift):
        return (X[:, 0] > shift).astype(int)


def test_predict_params(two_classes):
    X, y = two_classes
    stack = StackingClassifier([("nb", GaussianNB())], Strict()).fit(X, y)
    assert stack.predict(X, shift=1.1).sum() == 0
    with config_context(enable_metadata_routing=True):
        final = Strict().set_predict_request(shift=True)
        stack = StackingClassifier([("nb", GaussianNB())], final).fit(X, y)
        assert stack.predict(X, shift=-0.1).sum() == 100


@config_context(enable_metadata_routing=True)
def test_metadata_of_rows_and_a_validation_set(diabetes):
    X, y = diabetes
    base = Recorder().set_fit_request(note=True)
    stack = StackingRegressor([("base", base)])
    arguments = {"X_val": X[100:], "y_val": y[100:], "note": np.arange(100)}
    with pytest.raises(ValueError, match=r"\['note'\] hold a value for each row of X and none"):
        stack.fit(X[:100], y[:100], **arguments)
    Recorder.fits.clear()
    stack.set_params(refit=False).fit(X[:100], y[:100], **arguments)
    assert_array_equal(Recorder.fits[0][-1], np.arange(100))


def test_logistic_final_with_weights_is_weighted(two_classes):
    X, y = two_classes
    weights = np.where(y == 1, 5.0, 1.0)
    stack = StackingClassifier([("nb", GaussianNB())], LogisticRegression(), cv=3)
    plain = stack.fit(X, y).predict_proba(X)[:, 1].mean()
    assert stack.fit(X, y, sample_weight=weights).predict_proba(X)[:, 1].mean() > plain


# Several layers -----------------------------------------------------------------------------------


def test_weights_go_with_their_rows_through_the_layers():
    Recorder.fits.clear()
    X = np.arange(200.0)[:, None]
    layers = [[("one", Recorder("one"))], [("two", Recorder("two"))]]
    cv = (ShuffleSplit(1, test_size=0.5, random_state=1), ShuffleSplit(2, random_state=1))
    stack = StackingRegressor(layers, Recorder("final"), cv=cv)
    stack.fit(X, X[:, 0] * 2, sample_weight=X[:, 0] * 3 + 1)
    assert [name for name, *_ in Recorder.fits] == ["one"] * 2 + ["two"] * 3 + ["final"]
    for _, rows, y, weight, _ in Recorder.fits:
        assert_array_equal(y, rows * 2)  # each base hands on the number of the row
        assert_array_equal(weight, rows * 3 + 1)
    assert_array_equal(Recorder.fits[-1][1], stack.meta_indices_)


def test_groups_reach_the_splitters_of_all_layers(diabetes):
    X, y = diabetes
    groups = np.arange(200) // 10
    layers = [[("ridge", Ridge())], [("line", LinearRegression())]]
    cv = GroupShuffleSplit(2, test_size=0.4, random_state=0)
    stack = StackingRegressor(layers, cv=cv).fit(X, y, groups=groups)
    first, second = stack.layers_
    for layer in (first, second):
        assert set(np.bincount(groups[layer.indices])) <= {0, 10}
    assert len(second.indices) < len(first.indices)


@config_context(enable_metadata_routing=True)
def test_each_layer_has_its_own_splitter_and_requests(diabetes, weights):
    # autogluon#2805, vecstack#27: groups for one splitter, not for the other.
    Recorder.fits.clear()
    X, y = diabetes
    y = np.arange(200.0)
    one = Recorder("one").set_fit_request(note=True, sample_weight=False)
    two = Recorder("two").set_fit_request(note=False, sample_weight="mine")
    stack = StackingRegressor([[("one", one)], [("two", two)]], cv=(GroupKFold(4), 2))
    routing = stack.get_metadata_routing()
    assert {"splitter_1", "splitter_2", "one", "two"} <= set(routing._route_mappings)
    stack.fit(X, y, groups=np.arange(200) // 10, note=y * 2, mine=weights)
    for name, _, target, weight, note in Recorder.fits:
        rows = target.astype(int)
        if name == "one":
            assert weight is None
            assert_array_equal(note, rows * 2)
        else:
            assert note is None
            assert_array_equal(weight, weights[rows])


@config_context(enable_metadata_routing=True)
def test_scorer_gets_what_it_requests(diabetes, weights):
    X, y = diabetes
    splits = list(ShuffleSplit(3, random_state=0).split(X))
    scorer = get_scorer("neg_mean_absolute_error").set_score_request(sample_weight="mine")
    stack = StackingRegressor([("ridge", Ridge())], cv=splits, scoring=scorer)
    stack.fit(X, y, mine=weights)
    expected = [
        -np.average(
            np.abs(Ridge().fit(X[train], y[train]).predict(X[test]) - y[test]),
            weights=weights[test],
        )
        for train, test in splits
    ]
    assert_allclose(stack.base_scores_["ridge"], expected)
    plain = StackingRegressor([("ridge", Ridge())], cv=splits, scoring="neg_mean_absolute_error")
    assert not np.allclose(plain.fit(X, y).base_scores_["ridge"], expected)


def test_metadata_of_the_comparison(diabetes, weights):
    Recorder.fits.clear()
    X = np.arange(200.0)[:, None]
    stack = StackingRegressor([("one", Recorder())], Recorder("final"), cv=4, check_gain=True)
    with pytest.warns(UserWarning, match="no better"):
        stack.fit(X, X[:, 0] * 2, sample_weight=X[:, 0] * 3 + 1)
    finals = [fit for fit in Recorder.fits if fit[0] == "final"]
    assert len(finals) == 1 + 4
    for _, rows, y, weight, _ in finals:
        assert_array_equal(y, rows * 2)
        assert_array_equal(weight, rows * 3 + 1)
