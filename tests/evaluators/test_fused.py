"""The fused evaluator: programs shared and split as they should be, and networks of the user's own."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import f1_score

from ikura.data import Split, prepare
from ikura.errors import SettingError, SpaceError
from ikura.evaluators import checked_network, fused
from ikura.evaluators.fused import FusedEvaluator
from ikura.nn import Variables
from ikura.records import Job, Kind, Leg, Target, TrialState
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import make_problem, predictions_of
from ikura.tasks.predictions import softmax
from ikura.train import engine
from ikura.train.native import CoreWorker


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    return prepare(((rng.normal(size=(120, 4)) + 2 * y[:, None]).astype(np.float32), y), seed=0)


def whole(number, config, epochs, replicate=0):
    return Job(number, (Leg(number, config, 0, epochs),), 0, replicate)


def evaluate(evaluator, configs, epochs):
    evaluator.submit([whole(number, config, epochs) for number, config in enumerate(configs)])
    results = {}
    while len(results) < len(configs):
        results |= {result.number: result for result in evaluator.collect(0.5)}
    evaluator.close(done=True)
    return results


def test_every_trial_gets_its_result(dataset):
    space = Space(learning_rate=Float(0.01, 0.1), hidden_layers=Int(0, 1))
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=2)
    results = evaluate(evaluator, [{"learning_rate": 0.05, "hidden_layers": number % 2} for number in range(7)], 2)
    assert sorted(results) == list(range(7))
    for result in results.values():
        assert result.state is TrialState.COMPLETE
        assert {name: curve.shape for name, curve in result.curves.items()} == dict.fromkeys(
            ("train_loss", "dev_loss", "dev_accuracy"), (2,)
        )
    assert evaluator.facts()["programs"] == 0


def test_widths_and_optimizers_share_a_program_where_there_is_an_accelerator(dataset, monkeypatch):
    for module in (checked_network, engine):
        monkeypatch.setattr(module, "has_accelerator", lambda: True)
    space = Space(hidden_units=Int(3, 40), optimizer=Choice("adam", "momentum"))
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=1)
    evaluate(evaluator, [{"hidden_units": n, "optimizer": o} for n in (3, 17, 40) for o in ("adam", "momentum")], 1)
    assert evaluator.facts()["programs"] == 1
    assert evaluator.facts()["compile"] > 0


def test_what_is_fixed_and_where_dimensions_end(dataset):
    space = Space(learning_rate=Float(0.01, 0.1), dropout=Float(0.0, 0.5), hidden_units=Int(3, 40))
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=2)
    assert {"hidden_layers", "hidden_units", "batch_size"} <= evaluator.fixed
    assert not {"learning_rate", "dropout", "weight_decay", "momentum"} & evaluator.fixed
    assert evaluator.limits["dropout"] == (0.0, 0.99)
    assert evaluator.limits["hidden_units"][0] == 1
    assert evaluator.slots == len(engine.make_workers(evaluator._workload))


def test_the_defaults_are_those_of_the_examples_of_the_search(dataset):
    """With a dial left out, a job is trained as with the dial's default; the job that comes back is the one given."""
    space = Space(learning_rate=Float(0.01, 0.1))
    given = [{"learning_rate": 0.05}, {"learning_rate": 0.05, "batch_size": 16}]
    results = [evaluate(FusedEvaluator(dataset, space, seed=0, epochs=2), [config], 2)[0] for config in given]
    assert [result.job.config for result in results] == given
    one, other = ([curve.tobytes() for curve in result.curves.values()] for result in results)
    assert one == other


class TestFinisher:
    SPACE = Space(learning_rate=Float(0.01, 1e30, scale="log"), optimizer=Choice("adam", "sgd"))
    CONFIG = {"learning_rate": 0.05, "optimizer": "adam"}  # noqa: RUF012

    def evaluator(self, dataset):
        return FusedEvaluator(dataset, self.SPACE, seed=0, epochs=4)

    def test_a_refit_is_trained_on_train_and_dev_together(self, dataset):
        evaluator = self.evaluator(dataset)
        model = evaluator.finisher.refit(whole(3, self.CONFIG, 4, replicate=1), lambda: None)
        together = Split(
            np.concatenate([dataset.train.x, dataset.dev.x]), np.concatenate([dataset.train.y, dataset.dev.y])
        )
        other = self.evaluator(replace(dataset, train=together))
        config = self.CONFIG | {"batch_size": 16}  # as follows from the examples of the search
        other._engine = engine.Engine(other._workload, keep_networks=True)
        other.submit([whole(3, config, 4, replicate=1)])
        (trained,) = other._engine.collect(60.0)
        leaves = zip(*(jax.tree.leaves(each.variables) for each in (model, trained.snapshot)), strict=True)
        assert all(np.array_equal(one, two) for one, two in leaves)
        assert model.config["batch_size"] == 16
        other.close(done=True)
        evaluator.close(done=True)

    def test_its_test_is_the_tasks_word_on_the_test_examples(self, dataset):
        evaluator = self.evaluator(dataset)
        model = evaluator.finisher.refit(whole(0, self.CONFIG, 4, replicate=1), lambda: None)
        found = evaluator.finisher.test(model, 0)
        correct = (model.outputs(dataset.test.x).argmax(axis=1) == dataset.test.y).mean()
        assert found["accuracy"] == pytest.approx(correct)
        assert found["examples"] == len(dataset.test.y)
        # Without finals there is no network that learned from the training examples alone.
        assert found["parts"] is None
        evaluator.close(done=True)

    def test_the_parts_are_those_of_a_network_of_the_finals_and_of_the_one_handed_back(self, dataset):
        evaluator = self.evaluator(dataset)
        evaluator.submit([whole(5, self.CONFIG, 4, replicate) for replicate in range(1, 4)])
        results = {}
        while len(results) < 3:
            results |= {result.job.replicate: result for result in evaluator.collect(0.5)}
        model = evaluator.refit(whole(5, self.CONFIG, 4, replicate=1), lambda: None)
        parts = evaluator.test(model, 5)["parts"]
        assert parts["dev"]["value"] == pytest.approx(results[1].curves["dev_accuracy"][-1])
        test = (model.outputs(dataset.test.x).argmax(axis=1) == dataset.test.y).mean()
        assert parts["test"]["value"] == pytest.approx(test)
        assert {name: part["examples"] for name, part in parts.items()} == {"train": 72, "dev": 24, "test": 24}
        # The same network of the finals once more, on the examples that it was trained on.
        alone = engine.Engine(evaluator._workload, keep_networks=True)
        alone.submit([evaluator._with_defaults(whole(5, self.CONFIG, 4, replicate=1))])
        (trained,) = alone.collect(60.0)
        again = model.twin(trained.snapshot.variables)
        train = (again.outputs(dataset.train.x).argmax(axis=1) == dataset.train.y).mean()
        assert parts["train"]["value"] == pytest.approx(train)
        alone.close(done=True)
        evaluator.close(done=True)

    def test_all_parts_are_called_by_the_threshold_that_the_dev_examples_chose(self):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(400, 4)).astype(np.float32)
        y = (x[:, 0] + rng.normal(size=400) > 1.5).astype(int)
        dataset = prepare((x, y))
        problem = make_problem(dataset.targets, metric="f1", threshold="dev")
        evaluator = FusedEvaluator(dataset, self.SPACE, seed=0, epochs=4, problem=problem)
        job = whole(5, self.CONFIG, 4, replicate=1)
        evaluator.submit([job])
        while not (found := evaluator.collect(0.5)):
            pass
        model = evaluator.refit(job, lambda: None)
        test = evaluator.test(model, 5)
        threshold = model.targets[0].threshold
        assert threshold != 0.5
        said = predictions_of(model.outputs(dataset.test.x), model.targets, problem.heads)[0][:, 1] > threshold
        here = f1_score(dataset.test.y, said)
        assert here < problem.measure(model.outputs(dataset.test.x), [dataset.test.y])
        assert test["parts"]["test"]["value"] == test["measured"]["value"] == pytest.approx(here)
        # The very examples, and the network, that chose it.
        assert test["parts"]["dev"]["value"] == pytest.approx(found[0].curves["dev_f1"][-1])
        evaluator.close(done=True)

    def test_examples_count_in_the_losses_of_the_parts_as_in_that_of_the_search(self, dataset, monkeypatch):
        monkeypatch.setattr(fused, "MOST_MEASURED", 40)  # of the 72 there are
        random = np.random.default_rng(0)

        def weighed(split):
            return replace(split, weights=random.gamma(0.5, size=len(split.y)).astype(np.float32))

        dataset = replace(dataset, **{part: weighed(getattr(dataset, part)) for part in ("train", "dev", "test")})
        problem = make_problem(dataset.targets, metric="loss")
        evaluator = FusedEvaluator(dataset, self.SPACE, seed=0, epochs=4, problem=problem)
        job = whole(5, self.CONFIG, 4, replicate=1)
        evaluator.submit([job])
        while not (found := evaluator.collect(0.5)):
            pass
        model = evaluator.refit(job, lambda: None)
        test = evaluator.test(model, 5)
        assert test["parts"]["dev"]["value"] == pytest.approx(found[0].curves["dev_loss"][-1], rel=1e-4)
        assert test["parts"]["test"]["value"] == pytest.approx(test["loss"], rel=1e-4)
        rows = np.linspace(0, 71, 40).round().astype(int)
        said = softmax(model.twin(evaluator._witnesses[5]).outputs(dataset.train.x[rows]))
        losses = -np.log(said[np.arange(40), dataset.train.y[rows]])
        expected = np.average(losses, weights=dataset.train.weights[rows])
        assert test["parts"]["train"]["value"] == pytest.approx(expected, rel=1e-4)
        assert losses.mean() != pytest.approx(expected, rel=1e-2)
        evaluator.close(done=True)

    def test_the_worst_mistakes_are_named_as_their_user_names_the_rows(self, dataset):
        evaluator = self.evaluator(dataset)
        model = evaluator.refit(whole(0, self.CONFIG, 4, replicate=1), lambda: None)
        (told,) = evaluator.test(model, 0)["worst"]
        called = model.outputs(dataset.test.x).argmax(axis=1)
        wrong = {f"row {row} (counted from 0)" for row in dataset.test_rows[called != dataset.test.y]}
        assert {each["row"] for each in told["mistakes"]} == wrong != set()
        evaluator.close(done=True)

    def test_without_test_examples_nothing_is_tested(self, dataset):
        evaluator = self.evaluator(replace(dataset, test=Split(dataset.test.x[:0], dataset.test.y[:0])))
        model = evaluator.finisher.refit(whole(0, self.CONFIG, 4, replicate=1), lambda: None)
        assert evaluator.finisher.test(model, 0) is None
        evaluator.close(done=True)

    def test_a_copied_way_is_refitted_leg_by_leg(self, dataset):
        evaluator = self.evaluator(dataset)
        other = self.CONFIG | {"learning_rate": 0.01}
        straight = evaluator.refit(whole(0, self.CONFIG, 4, replicate=1), lambda: None)
        copied = evaluator.refit(Job(1, (Leg(0, self.CONFIG, 0, 2), Leg(1, other, 2, 4)), 0, 1), lambda: None)
        assert copied.config["learning_rate"] == 0.01
        assert not np.array_equal(*(model.variables.params[0]["weights"] for model in (straight, copied)))
        evaluator.close(done=True)

    def test_one_that_diverges_gives_no_network(self, dataset):
        evaluator = self.evaluator(dataset)
        job = whole(0, {"learning_rate": 1e30, "optimizer": "sgd"}, 4, replicate=1)
        assert evaluator.refit(job, lambda: None) is None
        evaluator.close(done=True)

    def test_a_refit_that_was_stopped_goes_on(self, dataset, tmp_path, monkeypatch):
        monkeypatch.setattr("ikura.train.worker.SLICE_SECONDS", 0.0)
        job = whole(0, self.CONFIG, 4, replicate=1)
        first = self.evaluator(dataset)
        expected = first.refit(job, lambda: None)
        first.close(done=True)
        stopped, untouched = self.evaluator(dataset), engine.CheckpointWriter.after

        def interrupt(writer, here, *, urgent):
            untouched(writer, here, urgent=True)
            if here.position >= (2, 0):
                raise KeyboardInterrupt

        stopped.keep(tmp_path, "a", tmp_path)
        monkeypatch.setattr(engine.CheckpointWriter, "after", interrupt)
        with pytest.raises(SettingError, match="KeyboardInterrupt"):
            stopped.refit(job, lambda: None)
        stopped.close(done=False)
        monkeypatch.setattr(engine.CheckpointWriter, "after", untouched)
        positions, train = [], CoreWorker.train

        def noted(worker, jobs, population, position, stopped):
            positions.append(position)
            return train(worker, jobs, population, position, stopped)

        monkeypatch.setattr(CoreWorker, "train", noted)
        again = self.evaluator(dataset)
        again.keep(tmp_path, "a", tmp_path)
        model = again.refit(job, lambda: None)
        assert positions == [(2, 0)]
        for one, two in zip(*(jax.tree.leaves(each.variables) for each in (model, expected)), strict=True):
            np.testing.assert_array_equal(one, two)
        again.close(done=True)
        assert not list(tmp_path.rglob("*.checkpoint"))


def test_what_went_wrong_is_told(dataset, tmp_path):
    space = Space(learning_rate=Float(0.01, 0.1))
    (tmp_path / "file").write_text("")
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "7.checkpoint").write_bytes(b"odd")
    first, second = (FusedEvaluator(dataset, space, seed=0, epochs=4) for _ in range(2))
    first.keep(tmp_path / "file", "a", tmp_path)
    first.submit([Job(0, (Leg(0, {"learning_rate": 0.05}, 0, 2),), 0)])
    while not first.collect(0.5):
        pass
    first.close(done=False)
    second.keep(tmp_path, "a", tmp_path)
    assert [kind for kind, _ in first.troubles()] == ["no checkpoint"]
    assert second.troubles() == [("damaged", "checkpoint 7.checkpoint was not used; training went on from before")]
    second.close(done=True)


class TwoScales:
    """A network of the user's own: softmax regression on inputs that one number scales and another repeats."""

    def init(self, key, config):
        width = 4 * config["copies"]
        return Variables({"w": 0.1 * jax.random.normal(jax.random.wrap_key_data(jnp.asarray(key)), (width, 3))})

    def apply(self, variables, inputs, config, *, train, key):
        repeated = jnp.concatenate([inputs] * config["copies"], axis=1)
        return config["gain"] * repeated @ variables.params["w"], variables


class TestUserNetwork:
    SPACE = Space(learning_rate=Float(0.01, 0.1), gain=Float(0.5, 2.0), copies=Int(1, 2), batch_size=Choice(16))

    def test_it_is_trained_with_static_and_traced_hyperparameters_of_its_own(self, dataset):
        evaluator = FusedEvaluator(dataset, self.SPACE, seed=0, epochs=5, network=TwoScales())
        configs = [
            {"learning_rate": 0.1, "gain": gain, "copies": copies, "batch_size": 16}
            for gain in (0.5, 2.0)
            for copies in (1, 2)
        ]
        results = evaluate(evaluator, configs, 5)
        assert evaluator.facts()["programs"] == 2
        assert len({result.curves["dev_loss"].tobytes() for result in results.values()}) == 4
        assert min(result.curves["dev_accuracy"][-1] for result in results.values()) > 0.6

    def test_text_cannot_be_traced(self, dataset):
        space = Space(kind=Choice("a", "b", static=False))
        with pytest.raises(SpaceError, match=r"kind: .* cannot be traced"):
            FusedEvaluator(dataset, space, seed=0, epochs=1, network=TwoScales())

    def test_a_mistake_in_it_is_found_before_it_is_trained(self, dataset):
        two = replace(dataset, targets=(Target("y", Kind.CLASS, ("a", "b")),))
        with pytest.raises(SettingError, match=r"outputs of shape \[16, 3\] for 16 examples, and 2 are"):
            FusedEvaluator(two, self.SPACE, seed=0, epochs=1, network=TwoScales())
        traced = Space(gain=Float(0.5, 2.0), copies=Int(1, 2, static=False))
        with pytest.raises(SettingError, match="of other shapes where only gain, copies changes"):
            FusedEvaluator(dataset, traced, seed=0, epochs=1, network=TwoScales())

    def test_the_dials_of_training_are_checked_still(self, dataset):
        with pytest.raises(SpaceError, match="momentum"):
            FusedEvaluator(dataset, Space(momentum=Float(0.5, 2.0)), seed=0, epochs=1, network=TwoScales())
