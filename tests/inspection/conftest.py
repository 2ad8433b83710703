import matplotlib
import pytest


@pytest.fixture
def pyplot():
    """matplotlib.pyplot without a screen; its figures are closed before and after."""
    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.close("all")
    yield pyplot
    pyplot.close("all")
