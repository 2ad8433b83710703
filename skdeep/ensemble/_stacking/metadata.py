"""Which of fit's metadata goes to the bases, the splitters, the scorer and the final estimator."""

import dataclasses
import inspect
from collections.abc import Container, Mapping
from typing import Any

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import (
    MetadataRequest,
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)

from skdeep.ensemble._stacking.layered_estimators import LayeredEstimators, is_layered, layers_of


@dataclasses.dataclass
class Routed:
    """The metadata of one fit, by recipient.

    Attributes
    ----------
    bases : dict of str to dict
        What each base gets in `fit`.
    splitters : list of dict
        What the splitter of each layer gets in `split`.
    final : dict
        What the final estimator gets in `fit`.
    scorer : dict
        What `scoring` gets.
    """

    bases: dict[str, dict[str, Any]]
    splitters: list[dict[str, Any]]
    final: dict[str, Any]
    scorer: dict[str, Any]


def routing_enabled() -> bool:
    """Whether metadata goes by request instead of by name."""
    return get_config()["enable_metadata_routing"]


def router_of(stacker: LayeredEstimators) -> MetadataRouter:
    """The stacker's requests and those of everything inside it."""
    in_fit = MethodMapping().add(caller="fit", callee="fit")
    router = MetadataRouter(owner=stacker).add_self_request(_own_requests(stacker))
    for name, estimator in stacker._pairs:
        router.add(**{name: estimator}, method_mapping=in_fit)
    for key, splitter in splitters_of(stacker).items():
        router.add(
            **{key: splitter}, method_mapping=MethodMapping().add(caller="fit", callee="split")
        )
    if _requests(stacker.scoring, "score"):  # as with the final estimator below
        router.add(
            scorer=stacker.scoring, method_mapping=MethodMapping().add(caller="fit", callee="score")
        )
    if _requests(stacker.final_estimator, "fit"):
        # Only then: weights meant for the bases are no error where the second layer has no say.
        router.add(final_estimator=stacker.final_estimator, method_mapping=in_fit)
    return router.add(
        final_estimator_=getattr(stacker, "final_estimator_", stacker.final_estimator),
        method_mapping=MethodMapping().add(caller="predict", callee="predict"),
    )


def _own_requests(stacker: LayeredEstimators) -> MetadataRequest:
    """What the stacker itself reads: its validation set, and weights for score on request.

    scikit-learn's stackers do not route metadata to `score`, so a search that is given weights must
    not require a request from this stacker.
    """
    asked = stacker._get_metadata_request()
    own = MetadataRequest(owner=stacker)
    own.fit = asked.fit
    if any(request is not None for request in asked.score.requests.values()):
        own.score = asked.score
    return own


def _requests(consumer: Any, method: str) -> bool:
    routing = get_routing_for_object(consumer)
    names = routing._get_param_names(method=method, return_alias=True, ignore_self_request=False)
    return bool(routing.consumes(method, names))


def splitters_of(stacker: LayeredEstimators) -> dict[str, Any]:
    """The splitters by their names in the routing: one for all layers, or one for each."""
    cv = stacker.cv
    if not (isinstance(cv, tuple) and is_layered(stacker.estimators)):
        return {"splitter": cv}
    return {f"splitter_{number}": of_layer for number, of_layer in enumerate(cv, start=1)}


def route_fit(
    stacker: LayeredEstimators,
    bases: dict[str, Any],
    final_estimator: Any,
    fit_params: Mapping[str, Any],
    *,
    prefit: Container[str],
) -> Routed:
    """Route the metadata of `fit`.

    Parameters
    ----------
    stacker : estimator
        The stacker, whose `fit` was given the metadata.
    bases : dict of str to estimator
        The bases that take part.
    final_estimator : estimator
        The final estimator, the default one included.
    fit_params : dict
        The metadata.
    prefit : container of str
        Names of the bases that are not fitted.
    """
    n_layers = len(layers_of(stacker.estimators))
    weights = {key: value for key, value in fit_params.items() if key == "sample_weight"}
    if routing_enabled():
        routed = process_routing(stacker, "fit", **fit_params)
        keys = list(splitters_of(stacker))
        splitters = [dict(routed[key]["split"]) for key in keys]
        scorer = dict(routed.get("scorer", {"score": {}})["score"])
        return Routed(
            {name: dict(routed[name]["fit"]) for name in bases},
            splitters if len(keys) > 1 else splitters * n_layers,
            dict(routed.get("final_estimator", {"fit": {}})["fit"]),
            weights if stacker.scoring is None else scorer,
        )
    groups = {key: value for key, value in fit_params.items() if key == "groups"}
    routed = Routed({name: {} for name in bases}, [groups] * n_layers, {}, weights)
    if weights:
        values = weights["sample_weight"]
        routed.final = weights_for(final_estimator, values)
        fitted = {name: base for name, base in bases.items() if name not in prefit}
        routed.bases |= {name: weights_for(base, values) for name, base in fitted.items()}
    return routed


def weights_for(estimator: Any, weights: Any) -> dict[str, Any]:
    """The arguments that hand weights to an estimator's fit without metadata routing."""
    name = "sample_weight"
    while isinstance(estimator, Pipeline):  # a pipeline passes arguments on to a step by its name
        step, estimator = estimator.steps[-1]
        name = name.replace("sample_weight", f"{step}__sample_weight")
    if not hasattr(estimator, "fit"):
        return {name: weights}  # a last step of 'passthrough', which the prediction will refuse
    arguments = inspect.signature(estimator.fit).parameters.values()
    # What takes any keyword may still refuse this one, and `fit_estimator` then says the same.
    if not any(a.name == "sample_weight" or a.kind == a.VAR_KEYWORD for a in arguments):
        raise no_weights_error(estimator)
    return {name: weights}


def no_weights_error(estimator: Any) -> TypeError:
    """The error for an estimator that takes no weights and was to be given some."""
    return TypeError(
        f"Underlying estimator {type(estimator).__name__} does not support sample weights: leave "
        "sample_weight out, or this estimator."
    )
