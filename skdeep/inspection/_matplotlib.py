"""matplotlib, when it is needed."""


def check_matplotlib(caller):
    """Say how to get matplotlib if it is not there."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{caller} draws with matplotlib, which is not installed: "
            "pip install 'skdeep-torch[plot]'"
        ) from error
