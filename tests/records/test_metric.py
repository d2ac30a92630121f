import numpy as np

from ikura.records import Goal, Metric, Objective


def test_one_number_orders_as_the_metric_and_then_its_tie_break_do():
    score, loss = Metric("score", Goal.MAXIMIZE), Metric("loss", Goal.MINIMIZE)
    rng = np.random.default_rng(0)
    levels = np.array([0, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 1, -1, 3e38, np.nan], np.float32)
    values = {
        "score": rng.choice(levels, 400),
        "loss": rng.choice(np.array([0.1, 2, 1e6, -3, np.nan], np.float32), 400),
    }
    for first, others in ((score, (loss,)), (loss, (score,)), (loss, ())):
        objective = Objective(first, others)
        scalar = objective.scalar(values)
        np.testing.assert_array_equal(scalar.astype(np.float32), values[first.name])
        known = np.flatnonzero(~np.isnan(scalar))
        best_first = known[np.argsort(first.loss(scalar[known]), kind="stable")]
        assert [n for n in objective.order(values, range(400)) if n in set(known)] == best_first.tolist()
