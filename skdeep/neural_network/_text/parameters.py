"""The parameters that describe a network for texts, and the attributes that hold it."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any

import numpy as np

from skdeep._estimator.network.steps_parameters import StepsParameters
from skdeep._estimator.network.training_parameters import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    TRAINING_ATTRIBUTES,
    TRAINING_REFERENCES,
)
from skdeep._estimator.parameters import Parameter, estimator
from skdeep._scikit_learn import Interval, StrOptions

ARCHITECTURES = ("bag", "cnn", "lstm", "transformer")


@estimator
class TextParameters(StepsParameters):
    """Declarations alone; see `skdeep._estimator.parameters`."""

    _: KW_ONLY
    architecture: Annotated[
        str,
        Parameter(
            """{'bag', 'cnn', 'lstm', 'transformer'}

            What reads a text: a weighted sum of vectors of its n-grams [8]_, or convolutions, cells
            or attention over the vectors of its tokens in their order.""",
            StrOptions(set(ARCHITECTURES)),
        ),
    ] = "bag"
    analyzer: Annotated[
        str | Callable[[str], Any],
        Parameter(
            """{'auto', 'word', 'char', 'char_wb'} or callable

            What n-grams or tokens are made of, as in CountVectorizer. 'auto' is words, and for
            'bag' the character n-grams inside words as well [9]_; architectures that read texts in
            their order take characters where texts are mostly single words.""",
            StrOptions({"auto", "word", "char", "char_wb"}),
            callable,
        ),
    ] = "auto"
    ngram_range: Annotated[
        tuple[int, int] | str,
        Parameter(
            """tuple (int, int) or 'auto'

            Shortest and longest n-grams of 'bag'. 'auto' is (1, 2) for words and (2, 5) for
            characters. Other architectures read single words or characters.""",
            StrOptions({"auto"}),
            tuple,
        ),
    ] = "auto"
    part_range: Annotated[
        tuple[int, int] | None,
        Parameter(
            """tuple (int, int) or None

            Shortest and longest character n-grams of words that ``analyzer='auto'`` adds to the
            words of 'bag'; None for none.""",
            tuple,
            None,
        ),
    ] = (2, 5)
    lowercase: Annotated[bool, Parameter("bool\n\nWhether case does not matter.", "boolean")] = True
    strip_accents: Annotated[
        str | Callable[[str], str] | None,
        Parameter(
            """{'ascii', 'unicode'}, callable or None

            How accents are removed.""",
            StrOptions({"ascii", "unicode"}),
            None,
            callable,
        ),
    ] = None
    preprocessor: Annotated[
        Callable[[str], str] | None,
        Parameter(
            "callable or None\n\nWhat is done to a text, in place of case and accents.",
            callable,
            None,
        ),
    ] = None
    tokenizer: Annotated[
        Callable[[str], Any] | None,
        Parameter(
            "callable or None\n\nWhat divides a text into words, in place of `token_pattern`.",
            callable,
            None,
        ),
    ] = None
    stop_words: Annotated[
        str | list[str] | None,
        Parameter(
            "{'english'}, list of str or None\n\nWords that are left out.",
            StrOptions({"english"}),
            list,
            None,
        ),
    ] = None
    token_pattern: Annotated[
        str,
        Parameter(
            """str

            Regular expression of a word. By default words have one letter or more, may hold
            apostrophes, and exclamation and question marks are words.""",
            str,
        ),
    ] = r"(?u)\w+(?:'\w+)*|[!?]"
    min_df: Annotated[
        int,
        Parameter(
            """int

            Distinct texts of `fit` that an n-gram or token occurs in, at least; others are as
            those that never occurred. Where none is so frequent, all count.""",
            COUNT,
        ),
    ] = 2
    max_features: Annotated[
        int | None,
        Parameter(
            """int or None

            Most n-grams of each kind, or tokens, that are kept: the most frequent ones.""",
            Interval(Integral, 1, 1 << 23, closed="both"),
            None,
        ),
    ] = 200_000
    vectors: Annotated[
        np.ndarray | None,
        Parameter(
            """ndarray of shape (n_vectors, width) or None

            Vectors of words that training starts from.""",
            "array-like",
            None,
        ),
    ] = None
    vocabulary: Annotated[
        Mapping[str, int] | None,
        Parameter(
            "dict of str to int or None\n\nRow of `vectors` of each word.",
            Mapping,
            None,
        ),
    ] = None
    width: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Length of a vector, and features of a token. 'auto' is that of `vectors`, else 16 for
            'bag' and 64 for others.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    depth: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Blocks or layers of cells. 'auto' is 2 for 'transformer' and 1 for others.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    n_estimators: Annotated[
        int,
        Parameter(
            """int

            Networks that learn side by side, from other initial weights, and whose raw outputs are
            averaged [12]_.""",
            COUNT,
        ),
    ] = 1
    batch_size: Annotated[
        int | str,
        Parameter(
            """int or 'auto'

            Texts in a batch, which are of similar length. 'auto' is a 25th of them, at least 16
            and at most 64, or 128 for 'bag'.""",
            StrOptions({"auto"}),
            COUNT,
        ),
    ] = "auto"
    alpha: Annotated[
        float,
        Parameter("float\n\nStrength of the L2 penalty on the weights.", NOT_NEGATIVE),
    ] = 0.0
    learning_rate_init: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Learning rate; the peak of 'one_cycle', 'cosine', 'coslog'. 'auto' is 0.06 for 'bag'
            under 'adamw' and 'adam', and 0.005 for others.""",
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number
    epsilon: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Added to the root mean square of a gradient by 'adamw', 'adam' and 'rmsprop'. 'auto' is
            0.003 for 'bag' under the first two, so that the vectors of rare n-grams, whose
            gradients are small, take small steps, and 1e-8 for others.""",
            StrOptions({"auto"}),
            POSITIVE,
        ),
    ] = "auto"  # type: ignore[assignment]  # a perceptron has a number
    weight_decay: Annotated[
        float | str,
        Parameter(
            """float or 'auto'

            Decoupled weight decay [4]_. 'auto' is 0.01 for 'adamw' and 0 otherwise. For 'bag' under
            'adamw' it is the least of 0, 0.1, 0.3 and 1 whose loss on texts held out, a quarter of
            at most 2,000, is within 3 % of the least loss; 0.2 for fewer than 200 distinct
            texts, and in `partial_fit`. `weight_decay_` says which.""",
            StrOptions({"auto"}),
            NOT_NEGATIVE,
        ),
    ] = "auto"


ATTRIBUTES = f"""
{TRAINING_ATTRIBUTES.split("n_features_in_")[0].strip()}
vocabulary_ : dict of str to int
    Row of `vectors_` of each n-gram or token. Of 'bag', character n-grams of words have a '#'
    before them; of others, rows 0 and 1 are empty texts and unknown tokens.
vectors_ : ndarray of shape (n_terms, n_estimators * width)
    Vectors of the n-grams or tokens.
weight_decay_ : float
    Weight decay of the fit.
"""

REFERENCES = f"""
{TRAINING_REFERENCES.strip()}
.. [8] A. Joulin, E. Grave, P. Bojanowski and T. Mikolov (2017), "Bag of tricks for efficient text
   classification", arXiv:1607.01759.
.. [9] P. Bojanowski, E. Grave, A. Joulin and T. Mikolov (2017), "Enriching word vectors with
   subword information", arXiv:1607.04606.
.. [12] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
   uncertainty estimation using deep ensembles", arXiv:1612.01474.
"""
