"""Poison for the workers of a cluster, which reaches those that replace the dead ones too."""

import os

from distributed import WorkerPlugin

from mortal.engine import cluster
from mortal.engine.worker import live_lot


class Poison(WorkerPlugin):
    """One lot comes to grief, as a word says how."""

    def __init__(self, how, number):
        self.how, self.number = how, number

    def setup(self, worker):
        """Reach a worker."""

        def poisoned(task, send, stopping):
            if task["lot"] == self.number:
                if self.how == "exits":
                    os._exit(7)
                raise ValueError("poison in\nthe well")
            return live_lot(task, send, stopping)

        cluster.live_lot = poisoned

    def teardown(self, worker):
        """Leave it."""
        cluster.live_lot = live_lot
