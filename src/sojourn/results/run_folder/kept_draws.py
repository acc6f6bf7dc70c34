"""Finished histories, kept on disk until the whole run is finished.

A part is a folder with one Arrow file for each table, holding one record batch for each history,
and `keys.json` naming them in order. It appears whole, by a rename, or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from sojourn.results.columns import PER_HISTORY
from sojourn.results.tables import schema

KEYS = "keys.json"
BATCH_BYTES = 32_000_000
BATCH_HISTORIES = 64
ROW_GROUP = 1_000_000
"""Rows in a row group of a final table: some 50 MB in memory."""


class Parts:
    """The parts in one folder; `put` may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._place: dict[str, tuple[Path, int]] = {}
        self._pending: dict[str, Mapping[str, pa.Table]] = {}
        self._bytes = 0
        self._next = 0
        self._lock = Lock()
        for part in sorted(folder.iterdir()):
            self._read(part)

    def _read(self, part: Path) -> None:
        """Take up a part of an earlier run; what is left of a broken one is removed."""
        try:
            keys = json.loads((part / KEYS).read_text(encoding="utf-8"))
            self._next = max(self._next, int(part.name) + 1)
        except (OSError, ValueError):
            shutil.rmtree(part, ignore_errors=True)
            return
        self._place |= {key: (part, place) for place, key in enumerate(keys)}

    def has(self, key: str) -> bool:
        """Whether this history is stored, or about to be."""
        return key in self._place or key in self._pending

    def put(self, key: str, tables: Mapping[str, pa.Table]) -> None:
        """Store one history's tables; they are on disk after some more, or after `flush`."""
        if set(tables) != set(PER_HISTORY):
            raise ValueError(f"a history has the tables {PER_HISTORY}, not {tuple(tables)}")
        with self._lock:
            self._pending[key] = tables
            self._bytes += sum(table.nbytes for table in tables.values())
            if self._bytes >= BATCH_BYTES or len(self._pending) >= BATCH_HISTORIES:
                self._flush()

    def flush(self) -> None:
        """Write what is still in memory."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        part = self.folder / f"{self._next:06}"
        unfinished = part.with_suffix(".new")
        unfinished.mkdir()
        for name in PER_HISTORY:
            _write(unfinished / f"{name}.arrow", [t[name] for t in self._pending.values()])
        (unfinished / KEYS).write_text(json.dumps(list(self._pending)), encoding="utf-8")
        unfinished.rename(part)
        self._place |= {key: (part, place) for place, key in enumerate(self._pending)}
        self._next += 1
        self._pending, self._bytes = {}, 0

    def write_parquet(self, name: str, keys: Iterable[str], file: Path) -> None:
        """Write one table of these histories, in this order, holding one row group in memory."""
        tables = self._tables(name, keys)
        first = next(tables, None)
        # Counts, or the means of an expected run: all histories have the same.
        fields = schema(name) if first is None else first.schema
        with pq.ParquetWriter(file, fields, compression="zstd") as writer:
            group: list[pa.Table] = []
            rows = 0
            for table in chain([] if first is None else [first], tables):
                group.append(table)
                rows += table.num_rows
                if rows >= ROW_GROUP:
                    writer.write_table(pa.concat_tables(group).unify_dictionaries())
                    group, rows = [], 0
            if group:
                writer.write_table(pa.concat_tables(group).unify_dictionaries())

    def _tables(self, name: str, keys: Iterable[str]) -> Iterator[pa.Table]:
        readers: dict[Path, pa.ipc.RecordBatchFileReader] = {}
        for key in keys:
            part, place = self._place[key]
            if part not in readers:
                readers[part] = ipc.open_file(pa.memory_map(str(part / f"{name}.arrow")))
            table = pa.Table.from_batches([readers[part].get_batch(place)])
            yield table.replace_schema_metadata(schema(name).metadata)


def _write(file: Path, tables: list[pa.Table]) -> None:
    """One record batch for each table; an Arrow file has one dictionary for each column."""
    whole = pa.concat_tables(tables).unify_dictionaries()
    options = ipc.IpcWriteOptions(compression="lz4")
    with ipc.new_file(str(file), whole.schema, options=options) as writer:
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
