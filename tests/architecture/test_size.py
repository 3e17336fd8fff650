"""Files and functions that can be read in one sitting."""

import ast

from tests.architecture.tree import complain, parsed, python_files, repository_files, shown, text

CODE = {".py", ".sql", ".css", ".js", ".html", ".sh", ""}
LARGEST_FILE = 500
LARGEST_FUNCTION = 60


def test_files_stay_readable() -> None:
    breaches = []
    for path in repository_files():
        lines = (text(path) or "").count("\n")
        if path.suffix in CODE and path.name != "LICENSE" and lines > LARGEST_FILE:
            breaches.append(f"{shown(path)} has {lines} lines")
    complain(f"A file past {LARGEST_FILE} lines is split by what a person does:", breaches)


def test_functions_fit_a_screen() -> None:
    breaches = []
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LARGEST_FUNCTION:
                    breaches.append(f"{shown(path)}:{node.lineno} {node.name} has {lines} lines")
    complain(f"A function past {LARGEST_FUNCTION} lines is split; SQL functions are not counted:", breaches)
