"""Each table has one pen: only the room that owns a table writes to it."""

import re
from pathlib import Path

from django.apps import apps
from django.core.management import call_command

from tests.architecture.tree import SOURCE, complain, is_python, repository_files, room_of, shown, sql_strings

WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO|COPY)\s+"
    r'(?:\w+\.)?"?(\w+)"?',
    re.IGNORECASE,
)
CREATE = re.compile(r'\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\.)?"?(\w+)"?', re.IGNORECASE)


def code_with_sql() -> list[Path]:
    """Return the files of the program that may hold SQL."""
    files = (path for path in repository_files() if path.is_relative_to(SOURCE))
    return [path for path in files if path.suffix == ".sql" or is_python(path)]


def owners() -> dict[str, str]:
    """Return the room that each table belongs to: the one whose models or SQL make it."""
    tables = {}
    for model in apps.get_models(include_auto_created=True):
        module = model.__module__.split(".")
        if module[0] == "okpay":
            tables[model._meta.db_table] = ".".join(module[1:3] if module[1] == "doors" else module[1:2])
    for path in code_with_sql():
        for _, sql in sql_strings(path):
            tables |= dict.fromkeys(CREATE.findall(sql), room_of(path))
    return tables


def test_each_table_has_one_pen() -> None:
    owner = owners()
    breaches = [
        f"{shown(path)}:{line} writes {table}, which belongs to {owner[table]}"
        for path in code_with_sql()
        for line, sql in sql_strings(path)
        for table in WRITE.findall(sql)
        if table in owner and owner[table] != room_of(path)
    ]
    complain("Only a table's own room writes it; call an action of that room instead:", breaches)


def test_every_table_is_named_for_its_room() -> None:
    breaches = [
        f"{table} of {room}"
        for table, room in owners().items()
        if not table.startswith(room.split(".")[-1] + "_")
    ]
    complain("A table begins with the name of its room, so that SQL shows whose it is:", breaches)


def test_the_migrations_are_complete() -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        raise AssertionError(
            "A model changed without a migration: see the changes that are printed above"
        ) from None
