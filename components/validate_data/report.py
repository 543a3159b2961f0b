"""Checks the typed tables and says what was found, on one self-contained page."""

from html import escape
from pathlib import Path

from components.validate_data.summaries import summarize
from feature_repo.relations import check_relations
from feature_repo.tables import TYPED, check_table
from feature_repo.typed_files import read_set_to_missing, read_typed

STYLE = (
    "body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}"
)


def validation_report(directory: Path) -> str:
    """The HTML page on the typed tables under `directory`.

    Raises:
        feature_repo.tables.BrokenTableError: a table breaks its contract, or a relation does not hold.
    """
    tables = {name: check_table(name, table, TYPED) for name, table in read_typed(directory).items()}
    relations = check_relations(tables)
    missing = [f"{column}: {count}" for column, count in read_set_to_missing(directory).items()]
    sections = [
        f"<h2>{escape(name)}: {len(table):,} rows, "
        f"{sum(len(column.checks) for column in TYPED[name].columns.values())} value checks</h2>"
        + summarize(table).to_html(index=False, border=0)
        for name, table in tables.items()
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Data validation</title>"
        f"<style>{STYLE}</style></head><body><h1>Data validation</h1>"
        "<p>Every column has its type, its range and its nulls as the contracts say.</p>"
        f"<h2>Relations</h2>{_list(relations)}<h2>Impossible values set to missing</h2>{_list(missing)}"
        f"{''.join(sections)}</body></html>\n"
    )


def _list(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
