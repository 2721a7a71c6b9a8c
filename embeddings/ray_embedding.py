"""Embedding on every machine of a Ray cluster, or in processes of this machine's own.

Each machine runs one process that loads the model once and takes batches from Ray Data. Shards
come back to the process that asked, which writes them: the machines need share no folder.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from embeddings.embedding import Item, Work, embedded_shard
from embeddings.encoder import Encoder
from embeddings.errors import ClusterError, DatelineError
from embeddings.models import ModelChoice

if TYPE_CHECKING:
    import pyarrow

_ROUND_BATCHES = 64
"""Batches a machine is given at once: the most that is held in Ray's memory."""

_CONNECT_SECONDS = 10

FindEncoder = Callable[[ModelChoice], Encoder]


@dataclass(frozen=True, slots=True)
class RayEmbedder:
    """An `Embedder` on Ray; ``address`` is ``host:port``, or ``None`` for this machine alone."""

    find_encoder: FindEncoder
    choice: ModelChoice
    address: str | None = None

    def __call__(
        self, work: Work, batches: Iterable[Sequence[Item]]
    ) -> Iterator[tuple[str, bytes, int]]:
        """One shard a batch, in the order in which they are done.

        Raises:
            ClusterError: Ray is not installed, cannot be reached, or stopped.
            EncoderError: the model cannot be used on one of the machines.
        """
        passing = iter(batches)
        # Nothing to embed, nothing to start.
        first = next(passing, None)
        if first is None:
            return
        with _cluster(self.address) as ray:
            cpus = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
            cpus = [count for count in cpus if count]
            if not cpus:
                raise ClusterError(
                    "No machine of the Ray cluster has a processor to give.",
                    "Start Ray on the machines without --num-cpus=0.",
                )
            machines = len(cpus)
            batch: Sequence[Item] | None = first
            while batch is not None:
                rows = [batch, *islice(passing, machines * _ROUND_BATCHES - 1)]
                yield from self._round(ray, work, rows, machines, min(cpus))
                batch = next(passing, None)

    def _round(
        self,
        ray: Any,  # noqa: ANN401 - Ray's own types are partial
        work: Work,
        batches: Sequence[Sequence[Item]],
        machines: int,
        cpus: float,
    ) -> Iterator[tuple[str, bytes, int]]:
        rows = [
            {"keys": [key for key, _ in batch], "texts": [text for _, text in batch]}
            for batch in batches
        ]
        done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Worker,
            fn_constructor_args=(self.find_encoder, self.choice, work),
            batch_size=1,
            # NumPy would take the zeros off the end of a key.
            batch_format="pyarrow",
            num_cpus=cpus,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=machines),
        )
        try:
            for table in done.iter_batches(batch_size=None, batch_format="pyarrow"):
                for row in table.to_pylist():
                    yield row["name"], row["content"], row["count"]
        except ray.exceptions.RayError as error:
            raise _told(error) from error


class _Worker:
    """An actor of the pool: loads the model once, and makes a shard of each batch."""

    def __init__(self, find_encoder: FindEncoder, choice: ModelChoice, work: Work) -> None:
        self.encoder = find_encoder(choice)
        self.work = work

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        shards = [
            embedded_shard(
                self.encoder, self.work, list(zip(row["keys"], row["texts"], strict=True))
            )
            for row in batch.to_pylist()
        ]
        return pyarrow.table(
            {
                "name": [name for name, _, _ in shards],
                "content": pyarrow.array(
                    [content for _, content, _ in shards], pyarrow.large_binary()
                ),
                "count": [count for _, _, count in shards],
            }
        )


def check_installed() -> None:
    """See that Ray Data is there, without loading it.

    Raises:
        ClusterError: it is not.
    """
    if not all(importlib.util.find_spec(name) for name in ("ray", "pyarrow")):
        raise ClusterError(
            "Embedding on several machines needs Ray, which is not installed.",
            "Install it with: pip install 'dateline[ray]', or leave out --ray.",
        )


@contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    check_installed()
    # Both are read when Ray is imported. The second, in spite of its name, has it listen on
    # the loopback address alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if address is None:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    else:
        _reach(address)
    import ray
    import ray.data

    options: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **options,
        )
    except Exception as error:
        # Ray raises whatever went wrong in it, by many names.
        where = f"The Ray cluster at {address}" if address else "Ray"
        raise ClusterError(
            f"{where} could not be used: {_first_line(error)}",
            "Run this on a machine of the cluster, with the version of Ray that runs there; if "
            "its ports are guarded by a token, set RAY_AUTH_MODE=token."
            if address
            else "Leave out --ray to embed in this process.",
        ) from error
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        yield ray
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """See that something listens there: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal():
        raise ClusterError(
            f"{address!r} is not the address of a Ray cluster.",
            "Give it as HOST:PORT, as `ray start --head` tells it, on a machine of the cluster.",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"No Ray cluster answers at {address}: {error}.",
            "See that it runs (`ray status`) and that this machine may reach it. What is "
            "embedded up to now is kept.",
        ) from error


def _told(error: BaseException) -> DatelineError:
    """Dateline's own error within one of Ray's, or else Ray's in a sentence."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DatelineError):
            return type(seen)(seen.message, seen.hint)
        seen = getattr(seen, "cause", None) or seen.__cause__
    return ClusterError(
        f"Ray stopped while embedding: {_first_line(error)}",
        "Run the same command again: it goes on where this one stopped.",
    )


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
