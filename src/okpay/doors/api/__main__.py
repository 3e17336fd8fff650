"""Print the OpenAPI document of a checkout: `python -m okpay.doors.api > docs/api/openapi.json`."""

import json
import os
import sys

import django

ORIGIN = "http://localhost:8000"
"""What the committed document is for."""


def main() -> None:
    """Print the document, indented."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    os.environ.setdefault("OKPAY_MODE", "test")
    django.setup()
    # Here: the rooms' tables can be imported once Django is set up.
    from okpay.doors.api.openapi import document

    sys.stdout.write(json.dumps(document(ORIGIN), ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
