"""What `import sojourn as sj` costs and promises."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import sojourn as sj

SIGNATURES = Path(__file__).parent / "signatures.txt"


def loaded_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_loads_nothing():
    """Hence it is over in some milliseconds."""
    before = loaded_after("import importlib")
    new = loaded_after("import sojourn") - before
    assert new == {"sojourn"}


def test_checking_a_study_loads_no_engine_and_no_charts(whole_study):
    """Whether anybody is eligible is asked of DuckDB."""
    code = f"import sojourn as sj; assert sj.load({str(whole_study)!r}).check().ok"
    assert not {"numba", "scipy", "altair"} & loaded_after(code)


def test_checking_a_study_without_an_agreement_loads_no_database():
    minimal = Path(sj.__file__).parent / "examples" / "minimal"
    code = f"import sojourn as sj; assert sj.load({str(minimal)!r}).check().ok"
    assert not {"numba", "scipy", "pyarrow", "duckdb", "altair"} & loaded_after(code)


def test_a_run_with_its_summary_loads_no_charts_and_no_statistics():
    """Altair and SciPy's statistics take two seconds, and only a report needs them."""
    loaded = loaded_after("import sojourn.run.run, sojourn.report.summary_text")
    assert not {"altair.vegalite", "scipy.stats", "pandas"} & loaded


def test_names_are_those_that_are_promised():
    for name in sj.__all__:
        assert getattr(sj, name) is not None
    assert set(dir(sj)) == set(sj.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = sj.lode


def test_no_public_name_is_that_of_a_room():
    """Importing the room would put the module in the place of the name."""
    rooms = {path.stem for path in Path(sj.__file__).parent.iterdir()}
    assert not rooms & set(sj.__all__)


def test_signatures_change_only_on_purpose():
    """`python tests/api/test_door.py` writes them anew."""
    assert SIGNATURES.read_text(encoding="utf-8") == signatures()


def test_every_public_thing_has_a_docstring():
    for name, thing in public():
        # A field of a dataclass has its words below it, where only the reference page finds them.
        assert inspect.getdoc(thing) or inspect.ismemberdescriptor(thing), name
        if callable(thing) and not inspect.isclass(thing):
            parameters = {*inspect.signature(thing).parameters} - {"self"}
            text = inspect.getdoc(thing) or ""
            assert all(word in text for word in parameters), name


def public():
    """Every public name and every public member of a class, with its home."""
    things = {name: getattr(sj, name) for name in sj.__all__ if name != "__version__"}
    for name, thing in sorted(things.items()):
        yield name, thing
        if inspect.isclass(thing) and not issubclass(thing, Exception | dict):
            for member, what in sorted(vars(thing).items()):
                if not member.startswith("_"):
                    yield f"{name}.{member}", what


def signatures() -> str:
    lines = []
    for name, thing in public():
        if inspect.isclass(thing):
            lines.append(f"class {name}")
        elif callable(thing):
            lines.append(f"{name}{inspect.signature(thing)}")
        else:
            lines.append(name)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SIGNATURES.write_text(signatures(), encoding="utf-8")
