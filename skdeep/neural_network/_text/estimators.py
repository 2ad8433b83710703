"""TextClassifier and TextRegressor."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from skdeep._estimator.network.classifier import CLASSES, NetworkClassifier
from skdeep._estimator.network.regressor import NetworkRegressor
from skdeep._estimator.parameters import estimator
from skdeep.neural_network._text.base import ATTRIBUTES, REFERENCES, BaseText


@estimator(attributes=CLASSES + ATTRIBUTES, references=REFERENCES)
class TextClassifier(BaseText, NetworkClassifier):
    """Classifier of texts, from single words to long documents.

    By default a weighted sum of learned vectors of words, pairs of words and parts of words, and a
    linear layer; or a convolutional, recurrent or attention network over words or characters.

    Parameters
    ----------
    architecture : {'bag', 'cnn', 'lstm', 'transformer'}, default='bag'
        What reads a text: 'bag' is a weighted sum of vectors of its n-grams [8]_; others are
        convolutions, cells or attention over the vectors of its tokens in their order.

    analyzer : {'auto', 'word', 'char', 'char_wb'} or callable, default='auto'
        What n-grams or tokens are made of, as in CountVectorizer. 'auto' is words, and for 'bag'
        the character n-grams inside words as well [9]_; the other architectures take characters
        where texts are mostly single words.

    ngram_range : tuple (int, int) or 'auto', default='auto'
        Shortest and longest n-grams of 'bag'. 'auto' is (1, 2) for words and (2, 5) for characters.
        Other architectures read single words or characters.

    part_range : tuple (int, int) or None, default=(2, 5)
        Shortest and longest character n-grams of words that ``analyzer='auto'`` adds to the words
        of 'bag'; None for none.

    lowercase : bool, default=True
        Whether to turn texts into lower case.

    strip_accents : {'ascii', 'unicode'}, callable or None, default=None
        How accents are removed; None keeps them.

    preprocessor : callable or None, default=None
        Prepares a text, in place of `lowercase` and `strip_accents`.

    tokenizer : callable or None, default=None
        Divides a text into words, in place of `token_pattern`.

    stop_words : {'english'}, list of str or None, default=None
        Words to leave out; 'english' is scikit-learn's list.

    token_pattern : str, default="(?u)\\\\w+(?:'\\\\w+)*|[!?]"
        Regular expression of a word. By default a word has one letter or more and may contain
        apostrophes; exclamation and question marks are words too.

    min_df : int, default=2
        Smallest number of distinct training texts in which an n-gram or token has to occur; rarer
        ones are treated as if they had never occurred. If none occurs so often, all are kept.

    max_features : int or None, default=200000
        Largest number of n-grams of each kind, or of tokens, to keep: the most frequent ones. None
        keeps all.

    vectors : ndarray of shape (n_vectors, width) or None, default=None
        Pretrained vectors of words, from which training starts.

    vocabulary : dict of str to int or None, default=None
        Row of `vectors` for each word.

    width : int or 'auto', default='auto'
        Length of a vector, and number of features of a token. 'auto' is that of `vectors`, else 16
        for 'bag' and 64 for others.

    depth : int or 'auto', default='auto'
        Blocks or layers of cells. 'auto' is 2 for 'transformer' and 1 for others.

    bidirectional : bool, default=True
        Whether recurrent cells read the sequence backwards as well.

    n_heads : int, default=4
        Number of attention heads of 'transformer', which divide `width` among them.

    pooling : {'auto', 'mean', 'max', 'last', 'attention'}, default='auto'
        How the features of all steps are combined into those of the sequence; 'last' takes the last
        step (from cells that read backwards, the first). 'auto' is 'max' for 'cnn' and 'attention'
        for others.

    dropout : float in [0, 1), default=0.0
        Share of the features of the sequence, and of those between layers, that are dropped in
        training.

    n_estimators : int, default=1
        Number of networks, trained side by side from different initial weights. Their raw outputs
        are averaged [12]_.

    loss : {'log_loss', 'hinge', 'squared_hinge', 'focal'}, default='log_loss'
        Loss. 'hinge' and 'squared_hinge' are surrogates of the error rate (with the margin of
        Crammer and Singer for several classes) and give no probabilities; 'focal' gives less weight
        to rows that are classified well already.

    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, multiplied with the sample weights everywhere: in the loss, the
        curves and the validation score. 'balanced' gives all classes the same total weight.

    label_smoothing : float in [0, 1), default=0.0
        Share of the target that is spread evenly over the classes, with 'log_loss'.

    focal_gamma : float, default=2.0
        Exponent of the focal loss; 0 makes it 'log_loss'.

    solver : {'adamw', 'adam', 'sgd', 'rmsprop', 'lbfgs'}, default='adamw'
        Optimizer.

    alpha : float, default=0.0
        Strength of the L2 penalty on the weights.

    batch_size : int or 'auto', default='auto'
        Number of texts in a batch, which are of similar length. 'auto' is `n_samples / 25`, at
        least 16 and at most 64, or 128 for 'bag'.

    learning_rate : {'one_cycle', 'constant', 'invscaling', 'adaptive', 'cosine', 'coslog'}, \
default='one_cycle'
        Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
        all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
        [7]_.

    learning_rate_init : float or 'auto', default='auto'
        Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest. 'auto' is 0.06
        for 'bag' with 'adamw' and 'adam', and 0.005 for others.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int or 'auto', default='auto'
        Number of epochs in one call to `fit`. 'auto' is as many as make about 400 steps, at least
        10.

    shuffle : bool, default=True
        Whether rows are shuffled in every epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and the validation split. The same int gives
        the same fit, whatever else runs; None draws a new seed. The global generators of numpy and
        torch are neither used nor changed.

    tol : float, default=0.0001
        Smallest improvement of the loss, or of the validation score with early stopping, that
        counts as one. For a regressor with `normalize_y` it refers to the loss of the standardised
        target (except with 'poisson').

    verbose : bool or int, default=False
        Whether to print a line after each epoch.

    warm_start : bool, default=False
        Whether `fit` continues from the last fit, with the state of its solver.

    momentum : float, default=0.9
        Momentum of 'sgd'.

    nesterovs_momentum : bool, default=True
        Whether 'sgd' uses Nesterov's momentum.

    early_stopping : bool, default=False
        Whether to stop when the score on held-out rows stops improving, and to restore the weights
        with the best score. Rows are held out of `X` unless `fit` is given `X_val`.

    validation_fraction : float, default=0.1
        Share of the rows to hold out for early stopping, stratified by class (except for multilabel
        targets). Rows that are equal stay together: all are held out, or none.

    beta_1 : float, default=0.9
        Decay rate of the first moment in 'adam' and 'adamw'.

    beta_2 : float, default=0.999
        Decay rate of the second moment in 'adam' and 'adamw'.

    epsilon : float or 'auto', default='auto'
        Added to divisors of 'adam', 'adamw' and 'rmsprop'. 'auto' is 0.003 for 'bag' under 'adam'
        and 'adamw', so that the vectors of rare n-grams, whose gradients are small, take small
        steps, and 1e-8 for others.

    n_iter_no_change : int or inf, default=inf
        Number of epochs without an improvement by `tol` after which training ends. By default it
        runs to the end of its schedule; with `early_stopping` the weights with the best score are
        restored all the same.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_. 'auto' is 0.01 for 'adamw' and 0 otherwise. For 'bag' with
        'adamw', 0, 0.1, 0.3 and 1 are tried on at most 2,000 texts, a quarter of them held out, and
        the smallest is taken whose held-out loss is within 3 % of the best; it is 0.2 for fewer
        than 200 distinct texts, and in `partial_fit`. `weight_decay_` is the value used.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float, 'auto' or None, default='auto'
        Largest norm that the gradient of a step, of all networks together, may have; larger ones
        are scaled down to it. None is no limit. 'auto' is None for 'bag' and 'cnn', which would
        learn more slowly, and 1 for others.

    warmup_fraction : float in [0, 1) or None, default=None
        Share of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its peak.
        None is 0.05 for 'cosine', 0.3 for 'one_cycle'.

    scoring : str, callable or None, default=None
        What early stopping monitors: any scorer of scikit-learn, 'loss' for the validation loss
        (stored negated in `validation_scores_`), or None for the accuracy of a classifier and R2 of
        a regressor.

    device : str, default='auto'
        Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.

    dtype : {'float32', 'float64', 'auto'}, default='float32'
        Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes and
        texts; convolutions in float64 are many times slower.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; the columns of `predict_proba`.
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float or None
        Lowest training loss; None with early stopping.
    loss_curve_ : list of float
        Training loss of every epoch, weighted by `sample_weight` and with penalties.
    validation_loss_curve_ : list of float or None
        Validation loss of every epoch; None without validation rows.
    validation_scores_ : list of float or None
        Validation score of every epoch; None without validation rows.
    best_validation_score_ : float or None
        Best validation score; None without early stopping.
    n_iter_ : int
        Number of epochs of the last fit.
    t_ : int
        Number of training rows seen by the solver.
    n_outputs_ : int
        Number of outputs.
    out_activation_ : {'softmax', 'logistic', 'identity', 'exp'}
        Activation of the output layer.
    vocabulary_ : dict of str to int
        Row of `vectors_` for each n-gram or token. For 'bag', character n-grams of words start with
        a '#'; for the others, rows 0 and 1 stand for empty texts and unknown tokens.
    vectors_ : ndarray of shape (n_terms, n_estimators * width)
        Vectors of the n-grams or tokens.
    weight_decay_ : float
        Weight decay that the fit used.

    See Also
    --------
    TextRegressor : Regressor for the same input.
    sklearn.feature_extraction.text.TfidfVectorizer : Sparse features of texts.

    Notes
    -----
    `X` is a list, array or Series of str. The n-grams and tokens are those of the first call to
    `fit` or `partial_fit`; n-grams of later texts that were not among them are passed over, and
    tokens are taken for one unknown token.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.
    .. [8] A. Joulin, E. Grave, P. Bojanowski and T. Mikolov (2017), "Bag of tricks for efficient
       text classification", arXiv:1607.01759.
    .. [9] P. Bojanowski, E. Grave, A. Joulin and T. Mikolov (2017), "Enriching word vectors with
       subword information", arXiv:1607.04606.
    .. [12] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
       uncertainty estimation using deep ensembles", arXiv:1612.01474.

    Examples
    --------
    >>> from skdeep import TextClassifier
    >>> X = ["a fine day", "what a fine meal", "a bad day", "the meal was bad"] * 5
    >>> y = ["good", "good", "bad", "bad"] * 5
    >>> model = TextClassifier(random_state=0).fit(X, y)
    >>> model.predict(["fine", "such a bad, bad movie"]).tolist()
    ['good', 'bad']
    """

    def __init__(
        self,
        *,
        architecture: str = "bag",
        analyzer: str | Callable[[str], Any] = "auto",
        ngram_range: tuple[int, int] | str = "auto",
        part_range: tuple[int, int] | None = (2, 5),
        lowercase: bool = True,
        strip_accents: str | Callable[[str], str] | None = None,
        preprocessor: Callable[[str], str] | None = None,
        tokenizer: Callable[[str], Any] | None = None,
        stop_words: str | list[str] | None = None,
        token_pattern: str = "(?u)\\w+(?:'\\w+)*|[!?]",
        min_df: int = 2,
        max_features: int | None = 200000,
        vectors: np.ndarray | None = None,
        vocabulary: Mapping[str, int] | None = None,
        width: int | str = "auto",
        depth: int | str = "auto",
        bidirectional: bool = True,
        n_heads: int = 4,
        pooling: str = "auto",
        dropout: float = 0.0,
        n_estimators: int = 1,
        loss: str = "log_loss",
        class_weight: dict[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        focal_gamma: float = 2.0,
        solver: str = "adamw",
        alpha: float = 0.0,
        batch_size: int | str = "auto",
        learning_rate: str = "one_cycle",
        learning_rate_init: float | str = "auto",
        power_t: float = 0.5,
        max_iter: int | str = "auto",
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | str = "auto",
        n_iter_no_change: float = float("inf"),
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | str | None = "auto",
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        self.architecture = architecture
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.part_range = part_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.min_df = min_df
        self.max_features = max_features
        self.vectors = vectors
        self.vocabulary = vocabulary
        self.width = width
        self.depth = depth
        self.bidirectional = bidirectional
        self.n_heads = n_heads
        self.pooling = pooling
        self.dropout = dropout
        self.n_estimators = n_estimators
        self.loss = loss
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.focal_gamma = focal_gamma
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.weight_decay = weight_decay
        self.l1 = l1
        self.gradient_clip = gradient_clip
        self.warmup_fraction = warmup_fraction
        self.scoring = scoring
        self.device = device
        self.dtype = dtype


@estimator(attributes=ATTRIBUTES, references=REFERENCES)
class TextRegressor(BaseText, NetworkRegressor):
    """Regressor of texts, with one or several targets.

    By default a weighted sum of learned vectors of words, pairs of words and parts of words, and a
    linear layer; or a convolutional, recurrent or attention network over words or characters.

    Parameters
    ----------
    architecture : {'bag', 'cnn', 'lstm', 'transformer'}, default='bag'
        What reads a text: 'bag' is a weighted sum of vectors of its n-grams [8]_; others are
        convolutions, cells or attention over the vectors of its tokens in their order.

    analyzer : {'auto', 'word', 'char', 'char_wb'} or callable, default='auto'
        What n-grams or tokens are made of, as in CountVectorizer. 'auto' is words, and for 'bag'
        the character n-grams inside words as well [9]_; the other architectures take characters
        where texts are mostly single words.

    ngram_range : tuple (int, int) or 'auto', default='auto'
        Shortest and longest n-grams of 'bag'. 'auto' is (1, 2) for words and (2, 5) for characters.
        Other architectures read single words or characters.

    part_range : tuple (int, int) or None, default=(2, 5)
        Shortest and longest character n-grams of words that ``analyzer='auto'`` adds to the words
        of 'bag'; None for none.

    lowercase : bool, default=True
        Whether to turn texts into lower case.

    strip_accents : {'ascii', 'unicode'}, callable or None, default=None
        How accents are removed; None keeps them.

    preprocessor : callable or None, default=None
        Prepares a text, in place of `lowercase` and `strip_accents`.

    tokenizer : callable or None, default=None
        Divides a text into words, in place of `token_pattern`.

    stop_words : {'english'}, list of str or None, default=None
        Words to leave out; 'english' is scikit-learn's list.

    token_pattern : str, default="(?u)\\\\w+(?:'\\\\w+)*|[!?]"
        Regular expression of a word. By default a word has one letter or more and may contain
        apostrophes; exclamation and question marks are words too.

    min_df : int, default=2
        Smallest number of distinct training texts in which an n-gram or token has to occur; rarer
        ones are treated as if they had never occurred. If none occurs so often, all are kept.

    max_features : int or None, default=200000
        Largest number of n-grams of each kind, or of tokens, to keep: the most frequent ones. None
        keeps all.

    vectors : ndarray of shape (n_vectors, width) or None, default=None
        Pretrained vectors of words, from which training starts.

    vocabulary : dict of str to int or None, default=None
        Row of `vectors` for each word.

    width : int or 'auto', default='auto'
        Length of a vector, and number of features of a token. 'auto' is that of `vectors`, else 16
        for 'bag' and 64 for others.

    depth : int or 'auto', default='auto'
        Blocks or layers of cells. 'auto' is 2 for 'transformer' and 1 for others.

    bidirectional : bool, default=True
        Whether recurrent cells read the sequence backwards as well.

    n_heads : int, default=4
        Number of attention heads of 'transformer', which divide `width` among them.

    pooling : {'auto', 'mean', 'max', 'last', 'attention'}, default='auto'
        How the features of all steps are combined into those of the sequence; 'last' takes the last
        step (from cells that read backwards, the first). 'auto' is 'max' for 'cnn' and 'attention'
        for others.

    dropout : float in [0, 1), default=0.0
        Share of the features of the sequence, and of those between layers, that are dropped in
        training.

    n_estimators : int, default=1
        Number of networks, trained side by side from different initial weights. Their raw outputs
        are averaged [12]_.

    loss : {'squared_error', 'absolute_error', 'huber', 'poisson', 'gamma', 'quantile'}, \
default='squared_error'
        Loss. 'squared_error' is half the squared error; 'huber' is that up to a residual of
        `huber_delta`, and linear beyond; 'poisson' is half the Poisson deviance (the network then
        predicts the logarithm); 'gamma' is half the gamma deviance (of the logarithm too);
        'quantile' is the pinball loss.

    normalize_y : bool, default=True
        Whether the network learns the standardised y (for 'poisson' and 'gamma', y divided by its
        mean), by the weighted mean and standard deviation of the training rows (in `partial_fit`,
        of those of the first call). Predictions are in the units of y. False is what scikit-learn
        does.

    huber_delta : float, default=1.0
        Residual beyond which 'huber' is linear, in standard deviations of y with `normalize_y`,
        else in the units of y.

    quantile : float in (0, 1), default=0.5
        The quantile that the loss 'quantile' estimates.

    solver : {'adamw', 'adam', 'sgd', 'rmsprop', 'lbfgs'}, default='adamw'
        Optimizer.

    alpha : float, default=0.0
        Strength of the L2 penalty on the weights.

    batch_size : int or 'auto', default='auto'
        Number of texts in a batch, which are of similar length. 'auto' is `n_samples / 25`, at
        least 16 and at most 64, or 128 for 'bag'.

    learning_rate : {'one_cycle', 'constant', 'invscaling', 'adaptive', 'cosine', 'coslog'}, \
default='one_cycle'
        Schedule of the learning rate. The default rises to its peak and then falls to nearly 0 over
        all steps [6]_; `MLPClassifier` describes the others, such as 'cosine' [5]_ and 'coslog'
        [7]_.

    learning_rate_init : float or 'auto', default='auto'
        Initial learning rate; for 'one_cycle', 'cosine' and 'coslog', the highest. 'auto' is 0.06
        for 'bag' with 'adamw' and 'adam', and 0.005 for others.

    power_t : float, default=0.5
        Exponent of the schedule 'invscaling'.

    max_iter : int or 'auto', default='auto'
        Number of epochs in one call to `fit`. 'auto' is as many as make about 400 steps, at least
        10.

    shuffle : bool, default=True
        Whether rows are shuffled in every epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and the validation split. The same int gives
        the same fit, whatever else runs; None draws a new seed. The global generators of numpy and
        torch are neither used nor changed.

    tol : float, default=0.0001
        Smallest improvement of the loss, or of the validation score with early stopping, that
        counts as one. For a regressor with `normalize_y` it refers to the loss of the standardised
        target (except with 'poisson').

    verbose : bool or int, default=False
        Whether to print a line after each epoch.

    warm_start : bool, default=False
        Whether `fit` continues from the last fit, with the state of its solver.

    momentum : float, default=0.9
        Momentum of 'sgd'.

    nesterovs_momentum : bool, default=True
        Whether 'sgd' uses Nesterov's momentum.

    early_stopping : bool, default=False
        Whether to stop when the score on held-out rows stops improving, and to restore the weights
        with the best score. Rows are held out of `X` unless `fit` is given `X_val`.

    validation_fraction : float, default=0.1
        Share of the rows to hold out for early stopping, stratified by class (except for multilabel
        targets). Rows that are equal stay together: all are held out, or none.

    beta_1 : float, default=0.9
        Decay rate of the first moment in 'adam' and 'adamw'.

    beta_2 : float, default=0.999
        Decay rate of the second moment in 'adam' and 'adamw'.

    epsilon : float or 'auto', default='auto'
        Added to divisors of 'adam', 'adamw' and 'rmsprop'. 'auto' is 0.003 for 'bag' under 'adam'
        and 'adamw', so that the vectors of rare n-grams, whose gradients are small, take small
        steps, and 1e-8 for others.

    n_iter_no_change : int or inf, default=inf
        Number of epochs without an improvement by `tol` after which training ends. By default it
        runs to the end of its schedule; with `early_stopping` the weights with the best score are
        restored all the same.

    max_fun : int, default=15000
        Largest number of evaluations of the loss by 'lbfgs'.

    weight_decay : float or 'auto', default='auto'
        Decoupled weight decay [4]_. 'auto' is 0.01 for 'adamw' and 0 otherwise. For 'bag' with
        'adamw', 0, 0.1, 0.3 and 1 are tried on at most 2,000 texts, a quarter of them held out, and
        the smallest is taken whose held-out loss is within 3 % of the best; it is 0.2 for fewer
        than 200 distinct texts, and in `partial_fit`. `weight_decay_` is the value used.

    l1 : float, default=0.0
        Strength of the L1 penalty on the weights, divided by the weight of the batch as that of
        `alpha` is.

    gradient_clip : float, 'auto' or None, default='auto'
        Largest norm that the gradient of a step, of all networks together, may have; larger ones
        are scaled down to it. None is no limit. 'auto' is None for 'bag' and 'cnn', which would
        learn more slowly, and 1 for others.

    warmup_fraction : float in [0, 1) or None, default=None
        Share of all steps in which 'cosine' and 'one_cycle' raise the learning rate to its peak.
        None is 0.05 for 'cosine', 0.3 for 'one_cycle'.

    scoring : str, callable or None, default=None
        What early stopping monitors: any scorer of scikit-learn, 'loss' for the validation loss
        (stored negated in `validation_scores_`), or None for the accuracy of a classifier and R2 of
        a regressor.

    device : str, default='auto'
        Where to compute: 'cpu', 'cuda', 'cuda:1', ..., or 'auto' for a GPU if there is one.

    dtype : {'float32', 'float64', 'auto'}, default='float32'
        Precision of training and prediction. 'auto' is that of `X`, and float32 for bytes and
        texts; convolutions in float64 are many times slower.

    Attributes
    ----------
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float or None
        Lowest training loss; None with early stopping.
    loss_curve_ : list of float
        Training loss of every epoch, weighted by `sample_weight` and with penalties.
    validation_loss_curve_ : list of float or None
        Validation loss of every epoch; None without validation rows.
    validation_scores_ : list of float or None
        Validation score of every epoch; None without validation rows.
    best_validation_score_ : float or None
        Best validation score; None without early stopping.
    n_iter_ : int
        Number of epochs of the last fit.
    t_ : int
        Number of training rows seen by the solver.
    n_outputs_ : int
        Number of outputs.
    out_activation_ : {'softmax', 'logistic', 'identity', 'exp'}
        Activation of the output layer.
    vocabulary_ : dict of str to int
        Row of `vectors_` for each n-gram or token. For 'bag', character n-grams of words start with
        a '#'; for the others, rows 0 and 1 stand for empty texts and unknown tokens.
    vectors_ : ndarray of shape (n_terms, n_estimators * width)
        Vectors of the n-grams or tokens.
    weight_decay_ : float
        Weight decay that the fit used.

    See Also
    --------
    TextClassifier : Classifier for the same input; its Notes describe it.

    References
    ----------
    .. [4] I. Loshchilov and F. Hutter (2019), "Decoupled weight decay regularization",
       arXiv:1711.05101.
    .. [5] I. Loshchilov and F. Hutter (2017), "SGDR: stochastic gradient descent with warm
       restarts", arXiv:1608.03983.
    .. [6] L. Smith and N. Topin (2019), "Super-convergence", arXiv:1708.07120.
    .. [7] D. Holzmueller, L. Grinsztajn and I. Steinwart (2024), "Better by default",
       arXiv:2407.04491.
    .. [8] A. Joulin, E. Grave, P. Bojanowski and T. Mikolov (2017), "Bag of tricks for efficient
       text classification", arXiv:1607.01759.
    .. [9] P. Bojanowski, E. Grave, A. Joulin and T. Mikolov (2017), "Enriching word vectors with
       subword information", arXiv:1607.04606.
    .. [12] B. Lakshminarayanan, A. Pritzel and C. Blundell (2017), "Simple and scalable predictive
       uncertainty estimation using deep ensembles", arXiv:1612.01474.

    Examples
    --------
    >>> from skdeep import TextRegressor
    >>> X = ["a fine day", "what a fine meal", "a bad day", "the meal was bad"] * 5
    >>> model = TextRegressor(random_state=0).fit(X, [5.0, 5.0, 1.0, 1.0] * 5)
    >>> good, bad = model.predict(["a fine movie", "a bad movie"])
    >>> bool(good > 3 > bad)
    True
    """

    def __init__(
        self,
        *,
        architecture: str = "bag",
        analyzer: str | Callable[[str], Any] = "auto",
        ngram_range: tuple[int, int] | str = "auto",
        part_range: tuple[int, int] | None = (2, 5),
        lowercase: bool = True,
        strip_accents: str | Callable[[str], str] | None = None,
        preprocessor: Callable[[str], str] | None = None,
        tokenizer: Callable[[str], Any] | None = None,
        stop_words: str | list[str] | None = None,
        token_pattern: str = "(?u)\\w+(?:'\\w+)*|[!?]",
        min_df: int = 2,
        max_features: int | None = 200000,
        vectors: np.ndarray | None = None,
        vocabulary: Mapping[str, int] | None = None,
        width: int | str = "auto",
        depth: int | str = "auto",
        bidirectional: bool = True,
        n_heads: int = 4,
        pooling: str = "auto",
        dropout: float = 0.0,
        n_estimators: int = 1,
        loss: str = "squared_error",
        normalize_y: bool = True,
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        solver: str = "adamw",
        alpha: float = 0.0,
        batch_size: int | str = "auto",
        learning_rate: str = "one_cycle",
        learning_rate_init: float | str = "auto",
        power_t: float = 0.5,
        max_iter: int | str = "auto",
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | str = "auto",
        n_iter_no_change: float = float("inf"),
        max_fun: int = 15000,
        weight_decay: float | str = "auto",
        l1: float = 0.0,
        gradient_clip: float | str | None = "auto",
        warmup_fraction: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        self.architecture = architecture
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.part_range = part_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.min_df = min_df
        self.max_features = max_features
        self.vectors = vectors
        self.vocabulary = vocabulary
        self.width = width
        self.depth = depth
        self.bidirectional = bidirectional
        self.n_heads = n_heads
        self.pooling = pooling
        self.dropout = dropout
        self.n_estimators = n_estimators
        self.loss = loss
        self.normalize_y = normalize_y
        self.huber_delta = huber_delta
        self.quantile = quantile
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.weight_decay = weight_decay
        self.l1 = l1
        self.gradient_clip = gradient_clip
        self.warmup_fraction = warmup_fraction
        self.scoring = scoring
        self.device = device
        self.dtype = dtype
