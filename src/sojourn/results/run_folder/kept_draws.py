"""Finished histories, kept on disk until the whole run is finished.

A part is a folder with one Arrow file for each table, holding one record batch for each history,
and `keys.json` with their keys in order and the digest of each file. It appears whole, by a
rename, or not at all; a part that is damaged is dropped, and its histories are computed again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from threading import RLock, Timer

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import ipc

from sojourn.disk.digests import damaged, seal
from sojourn.disk.whole import created, sync_folder, write_text
from sojourn.results.columns import PER_HISTORY
from sojourn.results.run_folder.provenance import digest_of
from sojourn.results.tables import schema

KEYS = "keys.json"
BATCH_BYTES = 32_000_000
BATCH_HISTORIES = 64
LONGEST_IN_MEMORY = 5.0
"""Seconds that a finished history is kept in memory alone."""
ROW_GROUP = 1_000_000
"""Rows in a row group of a final table: some 50 MB in memory."""


class Parts:
    """The parts in one folder; `put` may be called from several threads.

    `damaged` tells which parts of an earlier run were dropped, and why.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._place: dict[str, tuple[Path, int]] = {}
        self._pending: dict[str, Mapping[str, pa.Table]] = {}
        self._bytes = 0
        self._next = 0
        self._timer: Timer | None = None
        # Reentrant: a signal that ends the run may come while this thread holds it.
        self._lock = RLock()
        for part in sorted(folder.iterdir()):
            self._read(part)

    def _read(self, part: Path) -> None:
        """Take up a part of an earlier run; one that is unfinished or damaged is removed."""
        if not part.name.isdecimal():
            shutil.rmtree(part, ignore_errors=True)
            return
        self._next = max(self._next, int(part.name) + 1)
        keys, what = _keys_of(part)
        if what:
            self.damaged[f"part {part.name} of the kept histories"] = what
            shutil.rmtree(part, ignore_errors=True)
            return
        self._place |= {key: (part, place) for place, key in enumerate(keys)}

    def has(self, key: str) -> bool:
        """Whether this history is stored, or about to be."""
        return key in self._place or key in self._pending

    def put(self, key: str, tables: Mapping[str, pa.Table]) -> None:
        """Store one history's tables; they are on disk some seconds later, or after `flush`."""
        if set(tables) != set(PER_HISTORY):
            raise ValueError(f"a history has the tables {PER_HISTORY}, not {tuple(tables)}")
        with self._lock:
            self._pending[key] = tables
            self._bytes += sum(table.nbytes for table in tables.values())
            if self._bytes >= BATCH_BYTES or len(self._pending) >= BATCH_HISTORIES:
                self._flush()
            elif self._timer is None:
                self._timer = Timer(LONGEST_IN_MEMORY, self._flush_late)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what is still in memory."""
        with self._lock:
            self._flush()

    def _flush_late(self) -> None:
        """Write what has waited long enough; the next `put` or `flush` tells of an error."""
        with suppress(OSError):
            self.flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        part = self.folder / f"{self._next:06}"
        unfinished = part.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name in PER_HISTORY:
            _write(unfinished / f"{name}.arrow", [t[name] for t in self._pending.values()])
        content: dict[str, object] = {
            "keys": list(self._pending),
            "files": {file.name: seal(file) for file in sorted(unfinished.iterdir())},
        }
        write_text(unfinished / KEYS, json.dumps([content, digest_of(content)]))
        sync_folder(unfinished)
        unfinished.rename(part)
        sync_folder(self.folder)
        self._place |= {key: (part, place) for place, key in enumerate(self._pending)}
        self._next += 1
        self._pending, self._bytes = {}, 0

    def close(self) -> None:
        """Write what is still in memory, for the next run to take up."""
        self.flush()

    def drop(self) -> None:
        """Forget what is in memory: the run is finished."""
        with self._lock:
            self._pending, self._bytes = {}, 0
            self._flush()

    def write_parquet(self, name: str, keys: Iterable[str], file: Path) -> None:
        """Write one table of these histories, in this order."""
        write_grouped(name, self._tables(name, keys), file)

    def _tables(self, name: str, keys: Iterable[str]) -> Iterator[pa.Table]:
        readers: dict[Path, pa.ipc.RecordBatchFileReader] = {}
        for key in keys:
            if pending := self._pending.get(key):
                yield pending[name]
                continue
            part, place = self._place[key]
            if part not in readers:
                readers[part] = ipc.open_file(pa.memory_map(str(part / f"{name}.arrow")))
            table = pa.Table.from_batches([readers[part].get_batch(place)])
            yield table.replace_schema_metadata(schema(name).metadata)


def write_grouped(name: str, tables: Iterator[pa.Table], file: Path) -> None:
    """Write a table in pieces, holding one row group in memory.

    The same rows give the same bytes, whichever pieces they come in, up to the size of a group.
    """
    first = next(tables, None)
    # Counts, or the means of an expected run: all histories have the same.
    fields = schema(name) if first is None else first.schema
    with created(file) as sink, pq.ParquetWriter(sink, fields, compression="zstd") as writer:
        group: list[pa.Table] = []
        rows = 0
        for table in chain([] if first is None else [first], tables):
            group.append(table)
            rows += table.num_rows
            if rows >= ROW_GROUP:
                writer.write_table(_joined(group))
                group, rows = [], 0
        if group:
            writer.write_table(_joined(group))


def _keys_of(part: Path) -> tuple[list[str], str]:
    """The keys of a part's histories; or what is wrong with it."""
    try:
        content, digest = json.loads((part / KEYS).read_bytes())
    except (OSError, ValueError, TypeError):
        return [], f"its {KEYS} cannot be read"
    if digest_of(content) != digest:
        return [], f"its {KEYS} is not what was written"
    found = damaged(part, content["files"], wholly=True)
    return content["keys"], "; ".join(f"{name}: {what}" for name, what in found.items())


def _joined(tables: list[pa.Table]) -> pa.Table:
    """The rows of all; each dictionary has the values that occur, in the order of occurrence."""
    whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    for place, field in enumerate(whole.schema):
        if pa.types.is_dictionary(field.type) and whole.num_rows:
            column = whole.column(place).chunk(0)
            used = column.indices.unique().drop_null()
            indices = pc.index_in(column.indices, used)
            texts = pa.DictionaryArray.from_arrays(indices, column.dictionary.take(used))
            whole = whole.set_column(place, field, texts)
    return whole


def _write(file: Path, tables: list[pa.Table]) -> None:
    """One record batch for each table; an Arrow file has one dictionary for each column."""
    whole = pa.concat_tables(tables).unify_dictionaries()
    options = ipc.IpcWriteOptions(compression="lz4")
    with created(file) as sink, ipc.new_file(sink, whole.schema, options=options) as writer:
        start = 0
        for table in tables:
            rows = whole.slice(start, table.num_rows).combine_chunks()
            batches = rows.to_batches()
            writer.write_batch(batches[0] if batches else _no_rows(whole))
            start += table.num_rows


def _no_rows(whole: pa.Table) -> pa.RecordBatch:
    """An empty batch that keeps the dictionaries of the others."""
    chunks = [column.combine_chunks() for column in whole.columns]
    empty = [chunk.slice(0, 0) for chunk in chunks]
    return pa.RecordBatch.from_arrays(empty, schema=whole.schema)
