"""Which of fit's metadata goes to the bases, to the splitter and to the second layer."""

from sklearn import get_config
from sklearn.utils.metadata_routing import (
    MetadataRequest,
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)

from skdeep.ensemble._fitting import weights_for


def routing_enabled():
    """Return whether metadata goes by request instead of by name."""
    return get_config()["enable_metadata_routing"]


def router_of(stacker):
    """Return the stacker's requests and those of everything inside it."""
    in_fit = MethodMapping().add(caller="fit", callee="fit")
    router = MetadataRouter(owner=stacker).add_self_request(_own_requests(stacker))
    for name, estimator in stacker.estimators:
        router.add(**{name: estimator}, method_mapping=in_fit)
    router.add(
        splitter=stacker.cv, method_mapping=MethodMapping().add(caller="fit", callee="split")
    )
    if _requests_in_fit(stacker.final_estimator):
        # Only then: weights meant for the bases are no error where the second layer has no say.
        router.add(final_estimator=stacker.final_estimator, method_mapping=in_fit)
    return router.add(
        final_estimator_=getattr(stacker, "final_estimator_", stacker.final_estimator),
        method_mapping=MethodMapping().add(caller="predict", callee="predict"),
    )


def _own_requests(stacker):
    """Return what the stacker itself reads: its validation set, and weights for score on request.

    scikit-learn's stackers take no part in the routing of score, so a search that is given weights
    must not ask for a request of ours.
    """
    asked = stacker._get_metadata_request()
    own = MetadataRequest(owner=stacker)
    own.fit = asked.fit
    if any(request is not None for request in asked.score.requests.values()):
        own.score = asked.score
    return own


def _requests_in_fit(estimator):
    routing = get_routing_for_object(estimator)
    names = routing._get_param_names(method="fit", return_alias=True, ignore_self_request=False)
    return bool(routing.consumes("fit", names))


def route_fit(stacker, bases, final_estimator, fit_params, *, prefit):
    """Return what each base gets in fit, what the splitter gets, what the second layer gets."""
    if routing_enabled():
        routed = process_routing(stacker, "fit", **fit_params)
        base_params = {name: dict(routed[name]["fit"]) for name in bases}
        final = routed.get("final_estimator", {"fit": {}})
        return base_params, dict(routed["splitter"]["split"]), dict(final["fit"])
    groups = {key: value for key, value in fit_params.items() if key == "groups"}
    base_params, final_params = {name: {} for name in bases}, {}
    if "sample_weight" in fit_params:
        weights = fit_params["sample_weight"]
        final_params = weights_for(final_estimator, weights)
        if not prefit:
            base_params = {name: weights_for(base, weights) for name, base in bases.items()}
    return base_params, groups, final_params
