"""Uses of projects that follow trainings: through skorch's callbacks."""

import numpy as np

from tests.ecosystem._record import network, pipeline, record
from tests.ecosystem._table import use


@use("Optuna", "optuna", "optuna_integration", recipe=True)
def prune_trials(tmp_path):
    """Prune trials that are worse than others

    The callback reports each epoch to its trial. Make a model for each trial, as here.
    """
    import optuna
    from optuna_integration import SkorchPruningCallback

    X, y = record()

    def objective(trial):
        lr = trial.suggest_float("lr", 1e-6, 1e-2, log=True)
        model = pipeline(lr=lr, callbacks=[SkorchPruningCallback(trial, "valid_loss")])
        return model.fit(X, y)[-1].best_validation_loss_

    study = optuna.create_study(
        sampler=optuna.samplers.RandomSampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=2),
    )
    study.optimize(objective, n_trials=8)
    states = [trial.state.name for trial in study.trials]
    assert "PRUNED" in states
    assert "COMPLETE" in states
    assert all(len(trial.intermediate_values) > 2 for trial in study.trials)


@use("Optuna", "optuna", "optuna_integration")
def search_with_optuna(tmp_path):
    """Search parameters with ``OptunaSearchCV``

    Give it a purged splitter, such as `PurgedKFold`, as `cv`.
    """
    import optuna
    from optuna_integration import OptunaSearchCV

    from sklearn_frictiongru.model_selection import PurgedKFold

    X, y = record()
    lr = optuna.distributions.FloatDistribution(1e-4, 1e-2, log=True)
    search = OptunaSearchCV(
        pipeline(max_epochs=3),
        {"grufrictionregressor__lr": lr},
        cv=PurgedKFold(3, window_length=3),
        n_trials=2,
        random_state=0,
    ).fit(X, y)
    assert np.isfinite(search.best_score_)


@use("TensorBoard", "tensorboard", recipe=True)
def log_to_tensorboard(tmp_path):
    """Log losses and learning rate of each epoch

    The callback writes with the writer that was given.
    """
    from skorch.callbacks import TensorBoard
    from torch.utils.tensorboard import SummaryWriter

    X, y = record()
    with SummaryWriter(tmp_path) as writer:
        model = pipeline(callbacks=[TensorBoard(writer)]).fit(X, y)

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logged = EventAccumulator(str(tmp_path)).Reload()
    losses = [event.value for event in logged.Scalars("Loss/valid_loss")]
    # Losses of the net are those of the standardised target.
    unit = model[-1].y_scale_ ** 2
    expected = model[-1].history_["validation_loss"]
    np.testing.assert_allclose(unit * np.array(losses), expected, 1e-5)


@use("TensorBoard", "tensorboard")
def draw_the_graph(tmp_path):
    """Draw the graph of a model

    Give its ``torch_module()`` to the writer: the fast passes cannot be traced.
    """
    import torch
    from torch.utils.tensorboard import SummaryWriter

    X, y = record()
    module = pipeline(max_epochs=1).fit(X, y)[-1].torch_module()
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(module, torch.zeros(2, 3, 2))
    assert any(tmp_path.iterdir())


@use("Weights & Biases", "wandb", recipe=True)
def log_to_wandb(tmp_path):
    """Log losses of each epoch to a run

    Tried offline. A run cannot be pickled: keep ``n_jobs=1``, or begin a run in a callback's
    ``on_train_begin``.
    """
    import wandb
    from skorch.callbacks import WandbLogger

    X, y = record()
    with wandb.init(mode="offline", dir=tmp_path, project="friction") as run:
        model = pipeline(callbacks=[WandbLogger(run)]).fit(X, y)
        logged = dict(run.summary)
    assert logged["valid_loss"] == model[-1].net_.history[-1, "valid_loss"]


@use("MLflow", "mlflow", recipe=True)
def log_to_mlflow(tmp_path):
    """Log losses of each epoch to a run

    A run and its client cannot be pickled: keep ``n_jobs=1``.
    """
    import mlflow
    from mlflow.tracking import MlflowClient
    from skorch.callbacks import MlflowLogger

    X, y = record()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'runs.db'}")
    with mlflow.start_run() as run:
        logger = MlflowLogger(run, MlflowClient())
        model = pipeline(callbacks=[logger]).fit(X, y)
    logged = MlflowClient().get_metric_history(run.info.run_id, "valid_loss")
    losses = [metric.value for metric in sorted(logged, key=lambda metric: metric.step)]
    assert losses == [epoch["valid_loss"] for epoch in model[-1].net_.history]


@use("skorch", "skorch", recipe=True)
def share_a_log_between_trainings(tmp_path):
    """Collect what all trainings of a search or an ensemble did

    Each training has a shallow copy of a callback: what it holds is shared.
    """
    from skorch.callbacks import Callback

    from sklearn_frictiongru.model_selection import WindowLengthSearchCV

    class Collect(Callback):
        def __init__(self, losses):
            self.losses = losses

        def on_epoch_end(self, net, **kwargs):
            self.losses.append(net.history[-1, "valid_loss"])

    X, y = record()
    losses = []
    model = pipeline(callbacks=[Collect(losses)], max_epochs=3)
    WindowLengthSearchCV(model, [1, 3], n_repeats=2, random_state=0).fit(X, y)
    assert len(losses) == 2 * 2 * 3


@use("skorch", "skorch")
def score_epochs(tmp_path):
    """Score epochs with ``EpochScoring``, cached or not

    Scores are of the standardised target.
    """
    from skorch.callbacks import EpochScoring

    X, y = record()
    scores = [
        EpochScoring("r2", lower_is_better=False, name=name, use_caching=caching)
        for name, caching in (("cached", True), ("anew", False))
    ]
    history = network(callbacks=scores).fit(X, y).net_.history
    np.testing.assert_allclose(history[:, "cached"], history[:, "anew"], rtol=1e-6)
