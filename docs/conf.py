"""How Sphinx makes the site: `make docs` builds it strictly, and it needs no network to be read."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import Any

from pygments.lexers.special import TextLexer

project = "Sojourn"
author = "The Sojourn authors"
release = installed("sojourn")
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
language = "en"

# A link to a page or a heading that is not there is an error; `make docs` passes -W.
myst_heading_anchors = 3
nitpicky = True
# But not a type in a signature: other libraries' pages are not at hand without a network.
nitpick_ignore_regex = [(r"py:.*", r".*")]

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "Sojourn"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["sojourn.css"]
# No fonts and no scripts from elsewhere: Furo brings all that it shows.
html_theme_options = {"footer_icons": [], "navigation_with_keys": True}


class _Plain(TextLexer):
    """A block of commands or rows: nothing in it is a prompt or an answer to be coloured."""


def setup(app: Any) -> dict[str, bool]:
    """Show `console` and `csv` blocks as plain text."""
    app.add_lexer("console", _Plain)
    app.add_lexer("csv", _Plain)
    return {"parallel_read_safe": True}
