"""Importing skdeep loads nothing optional and leaves the process as it was."""

import subprocess
import sys
import textwrap

import pytest

OPTIONAL = (
    "captum",
    "dask",
    "matplotlib",
    "onnx",
    "pandas",
    "polars",
    "rich",
    "skops",
    "skorch",
)


def run(code):
    """Run `code` in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_import_loads_no_subpackage():
    code = """
        import sys
        import skdeep
        print(*(name for name in sys.modules if name.startswith("skdeep.")))
        print(*(name for name in ("torch", "sklearn", "scipy") if name in sys.modules))
    """
    assert run(code) == ["skdeep._version"]


def test_public_names_need_nothing_optional():
    # scikit-learn looks for pandas and rich by itself, so sys.modules cannot tell who asked. Hiding
    # the packages shows that nobody needs them; noting who asks, that skdeep does not even try.
    code = f"""
        import sys

        class Hide:
            asked = set()

            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] not in {OPTIONAL!r}:
                    return None
                frame = sys._getframe(1)
                while "importlib" in frame.f_globals.get("__name__", ""):
                    frame = frame.f_back
                if frame.f_globals["__name__"].startswith("skdeep"):
                    self.asked.add(name)
                raise ModuleNotFoundError(name, name=name)

        sys.meta_path.insert(0, Hide())
        import skdeep
        for name in skdeep.__all__:
            getattr(skdeep, name)
        print(*sorted(Hide.asked))
    """
    assert run(code) == []


def test_process_is_left_alone():
    code = """
        import random, warnings
        import numpy as np
        import torch
        import sklearn.callback, sklearn.ensemble, sklearn.neural_network

        def state():
            return [
                random.getstate(),
                np.random.get_state()[1].tolist(),
                torch.get_rng_state().tolist(),
                torch.get_num_threads(),
                torch.get_num_interop_threads(),
                torch.get_default_dtype(),
                torch.are_deterministic_algorithms_enabled(),
                torch.is_grad_enabled(),
                sklearn.get_config(),
                list(warnings.filters),
            ]

        random.seed(1), np.random.seed(2), torch.manual_seed(3)
        before = state()
        import skdeep
        for name in skdeep.__all__:
            getattr(skdeep, name)
        print(*(i for i, (old, new) in enumerate(zip(before, state())) if old != new))
    """
    assert run(code) == []


def test_dir_lists_the_public_names():
    import skdeep

    assert set(skdeep.__all__) <= set(dir(skdeep))


def test_unknown_name_is_an_attribute_error():
    import skdeep

    with pytest.raises(AttributeError, match="module 'skdeep' has no attribute 'MLPClasifier'"):
        skdeep.MLPClasifier  # noqa: B018
