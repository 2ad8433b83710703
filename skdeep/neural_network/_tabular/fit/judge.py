"""Evaluation of candidates on the rows of the folds that their networks have not seen."""

from dataclasses import dataclass

import numpy as np

from skdeep.neural_network._tabular.fit.answer import Answer
from skdeep.neural_network._tabular.fit.candidates import Candidate, fold_predictions
from skdeep.neural_network._tabular.fit.combination import OutOfFold
from skdeep.neural_network._tabular.fit.data import TabularData
from skdeep.neural_network._tabular.fit.rows import FitRows
from skdeep.neural_network._tabular.fit.settings import FitSettings


@dataclass
class FoldJudge:
    """Evaluates candidates out of fold.

    Attributes
    ----------
    settings : FitSettings
    answer : Answer
    rows : FitRows
    data : TabularData
        Of the rows with targets.
    """

    settings: FitSettings
    answer: Answer
    rows: FitRows
    data: TabularData

    def out_of_fold(self, candidates: list[Candidate]) -> OutOfFold:
        """What candidates predict out of fold; raises where all have diverged."""
        judged = self._predicted(candidates)
        if not np.isfinite(judged.predictions).all(axis=(1, 2)).any():
            raise ValueError(
                "All networks diverged: their predictions are not finite. Lower "
                f"learning_rate_init={self.settings.learning_rate_init!r}, or leave it at 'auto'."
            )
        return judged

    def relative_losses(self, candidates: list[Candidate]) -> np.ndarray:
        """Loss of each, as a part of that of a constant; infinite where it has diverged."""
        return self._predicted(candidates).relative_losses()

    def chosen(self, candidates: list[Candidate], judged: OutOfFold) -> list[Candidate]:
        """The candidates that predict; sets the shares of all."""
        kept, shares = judged.choose(self.settings.effort.n_kept)
        for candidate in candidates:
            candidate.share = 0.0
        for number, share in zip(kept, shares, strict=True):
            candidates[number].share = float(share)
        return [candidate for candidate in candidates if candidate.share > 0.0]

    def row_losses(self, candidates: list[Candidate]) -> np.ndarray:
        """Loss of every row by the candidates that would be chosen; (n,)."""
        judged = self.out_of_fold(candidates)
        kept, _ = judged.choose(self.settings.effort.n_kept)
        combined, _ = judged.combined(kept, judged.shares_of_folds(kept))
        return judged.losses(combined)

    def _predicted(self, candidates: list[Candidate]) -> OutOfFold:
        data, answer = self.data, self.answer
        tests = [test for _, test in data.splits]
        index = np.concatenate(tests)
        each = np.stack(
            [
                np.concatenate(
                    [
                        fold_predictions(candidate, k, data.matrix, test, answer.predicted)
                        for k, test in enumerate(tests)
                    ]
                )
                for candidate in candidates
            ]
        )  # (n_candidates, n, n_repeats, n_outputs)
        has_diverged = ~np.isfinite(each).all(axis=(1, 2, 3))
        return OutOfFold(
            predictions=each.mean(axis=2),
            of_one=each[:, :, 0],
            n_repeats=each.shape[2],
            n_folds=len(tests),
            truth=answer.truth(self.rows.codes[index]),
            weight=np.ones(len(index)) if data.weight is None else data.weight[index],
            fold=np.repeat(np.arange(len(tests)), [len(test) for test in tests]),
            loss=answer.combination_loss,
            rows=index,
            late=self._late(candidates),
            barred=has_diverged | np.asarray([c.is_barred for c in candidates]),
        )

    def _late(self, candidates: list[Candidate]) -> np.ndarray:
        """Deep candidates at the end of training, for classes; see `OutOfFold`."""
        if self.answer.is_numeric:
            return np.empty(0, dtype=np.int64)
        return np.asarray(
            [i for i, c in enumerate(candidates) if c.is_late and c.plan["depth"]], dtype=np.int64
        )
