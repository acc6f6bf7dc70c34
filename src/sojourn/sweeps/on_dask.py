"""Workers of Dask: each writes what it computes into the sweep's folder, and sends back its name.

A cluster keeps nothing that is needed: whatever dies, the same sweep goes on from the folder.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sojourn.disk.remote import RemoteFolder
from sojourn.errors import Problem, SojournError, install
from sojourn.results.run_folder.folder import RECORD as RUN_RECORD
from sojourn.results.run_folder.folder import read_run
from sojourn.run.histories import RunStep, Watch, look_away
from sojourn.run.run import SettledRun
from sojourn.sweeps.folder import PIECES
from sojourn.sweeps.job import compute, job_of, name_of

if TYPE_CHECKING:
    from distributed import Client, Future

_LOCAL = re.compile(r"local:(\d+)")
_PIECES_PER_WORKER = 4
"""Of all work: so that a slow piece at the end keeps few workers waiting."""
_RETRIES = 3
"""Of a piece whose worker died, or which a dying worker still held."""
_GO_ON = "run the same command again: what is finished is kept"


class DaskWorkers:
    """A cluster at `tcp://HOST:PORT`, or `local:N` for N processes of this machine.

    `out` is the sweep's folder, if that is at an address: pieces are written there.
    """

    def __init__(self, address: str, out: str = "") -> None:
        try:
            import distributed  # noqa: F401, PLC0415 -- a sweep on one machine needs none
        except ImportError as error:
            raise SojournError(
                Problem("Dask is not installed", install("sojourn[dask]"), path="--on")
            ) from error
        self._local = _LOCAL.fullmatch(address)
        if self._local is None and "://" not in address:
            what = f"`{address}` is neither tcp://HOST:PORT nor local:N"
            raise SojournError(
                Problem(what, "give the scheduler's address, or local:2", path="--on")
            )
        self._address = address
        self._pieces = RemoteFolder(f"{out}/{PIECES}") if out else None

    def compute(self, wanted: Sequence[SettledRun], runs: Path, watch: Watch) -> None:
        """Compute every run that is wanted; raises SojournError for what a worker refuses."""
        if not wanted:
            return
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        pieces = runs.parent / PIECES
        pieces.mkdir(exist_ok=True)
        with self._client() as client:
            try:
                _Work(client, wanted, runs.resolve(), pieces.resolve(), self._pieces, watch).done()
            except (CommClosedError, TimeoutError) as error:
                raise SojournError(Problem(f"the cluster is lost ({error})", _GO_ON)) from error

    @contextmanager
    def _client(self) -> Iterator[Client]:
        from distributed import Client, LocalCluster  # noqa: PLC0415

        logging.getLogger("distributed").setLevel(logging.ERROR)  # workers end as they should
        with ExitStack() as stack:
            try:
                place: Any = self._address
                if self._local is not None:
                    place = stack.enter_context(
                        LocalCluster(
                            n_workers=int(self._local[1]),
                            threads_per_worker=1,
                            dashboard_address=None,
                            silence_logs=logging.ERROR,
                        )
                    )
                client = stack.enter_context(Client(place, timeout="20s"))
            except OSError as error:
                what = f"there is no scheduler at {self._address} ({error})"
                if self._local is not None:
                    what = f"no workers could be started here ({error})"
                fix = "start one, or give local:2"
                raise SojournError(Problem(what, fix, path="--on")) from error
            yield client


class _Work:
    """The pieces of all runs, sent to a cluster, and joined as they come back."""

    def __init__(
        self,
        client: Client,
        wanted: Sequence[SettledRun],
        runs: Path,
        pieces: Path,
        there: RemoteFolder | None,
        watch: Watch,
    ) -> None:
        self._client, self._runs, self._pieces, self._watch = client, runs, pieces, watch
        self._there = there
        self._left: dict[str, int] = defaultdict(int)
        self._names: dict[str, list[str]] = defaultdict(list)
        self._wanted = {name_of(run): run for run in wanted}
        self._of: dict[Future, str] = {}
        workers = max(1, len(client.scheduler_info()["workers"]))
        each_in = -(-_PIECES_PER_WORKER * workers // len(wanted))
        for run in wanted:
            self._send(run, each_in)

    def _send(self, run: SettledRun, count: int) -> None:
        """Send the draws of one run in `count` pieces, or fewer."""
        name, whole = name_of(run), job_of(run)
        first, total = min(run.draws), len(run.draws)
        bounds = sorted({first + total * part // count for part in range(count + 1)})
        for start, stop in pairwise(bounds):
            job = whole.of_draws(start, stop - start)
            place = self._there.address if self._there else str(self._pieces)
            future = self._client.submit(compute, job, place, pure=False, retries=_RETRIES)
            piece = SettledRun(run.checked, job.options, None, look_away)
            self._names[name].append(name_of(piece))
            self._of[future] = name
            self._left[name] += 1

    def done(self) -> None:
        """Wait for all pieces; join those of a run when the last has come."""
        from distributed import as_completed  # noqa: PLC0415

        total = len(self._of)
        self._watch(RunStep("pieces", 0, total))
        for done, future in enumerate(as_completed(list(self._of)), 1):
            name = self._of[future]
            made = _answer(future)
            if made not in self._names[name]:
                what = "a worker has another version of Sojourn: its digest differs"
                raise SojournError(Problem(what, "install the same version on every worker"))
            self._watch(RunStep("pieces", done, total))
            self._left[name] -= 1
            if not self._left[name]:
                self._join(self._wanted[name], name)

    def _join(self, run: SettledRun, name: str) -> None:
        for piece in self._names[name]:
            if self._there is not None:
                self._there.below(piece).fetch(self._pieces / piece)
                if not (self._pieces / piece / RUN_RECORD).exists():
                    what = "a worker has put its piece where this machine cannot see it"
                    fix = "give an address that all of them share"
                    raise SojournError(Problem(what, fix, self._there.address))
        run.into(self._runs / name, [read_run(self._pieces / piece) for piece in self._names[name]])


def _answer(future: Future) -> Any:  # noqa: ANN401 -- as Dask gives it
    """What the worker says; raises SojournError where it, or the cluster, could not go on."""
    from concurrent.futures import CancelledError  # noqa: PLC0415

    from distributed import KilledWorker  # noqa: PLC0415

    try:
        return future.result()
    except KilledWorker as error:
        what = f"workers died again and again at one piece ({error})"
        raise SojournError(Problem(what, "look at their logs; memory may be short")) from error
    except CancelledError as error:
        raise SojournError(Problem(f"the scheduler is lost ({error})", _GO_ON)) from error
