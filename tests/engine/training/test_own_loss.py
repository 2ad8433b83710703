"""A function given as loss computes what the loss of that name computes."""

import pytest
import torch
from torch.nn import functional

from skdeep._engine.training.losses import make_loss
from skdeep._engine.training.own_loss import own_loss

FUNCTIONS = {
    "multiclass": lambda z, t: functional.cross_entropy(z, t, reduction="none"),
    "binary": lambda z, t: functional.binary_cross_entropy_with_logits(z, t, reduction="none"),
    "regression": lambda z, t: 0.5 * (z - t) ** 2,
}


@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("shape", [(7, 3), (2, 7, 3), (4, 2, 7, 3)])
def test_value_and_gradient(kind, shape):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(shape, generator=generator, dtype=torch.float64)
    t = functional.one_hot(torch.randint(3, shape[:-1], generator=generator), 3).double()
    if len(shape) > 2:
        t = t[..., :1, :, :].clone()  # members may share their targets
    known = make_loss({"regression": "squared_error"}.get(kind, "log_loss"), kind)
    ours = own_loss(FUNCTIONS[kind], kind)
    assert (ours.out_activation, ours.one_hot) == (known.out_activation, known.one_hot)
    torch.testing.assert_close(ours.value(z, t), known.value(z, t))
    slopes = torch.empty_like(z), torch.empty_like(z)
    with torch.no_grad():
        for loss, slope in zip((ours, known), slopes, strict=True):
            loss.gradient(z, t.expand_as(z), slope)
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize("result", [1.0, torch.tensor(1.0), torch.ones(3, 3), torch.ones(2)])
def test_what_is_no_loss_a_row_is_refused(result):
    loss = own_loss(lambda z, t: result, "regression")
    with pytest.raises(ValueError, match=r"for 3 rows: a tensor with the loss of each row was exp"):
        loss.value(torch.zeros(3, 2), torch.zeros(3, 2))
