"""Columns for codes of a fixed length. The rooms' models share them, so that one code has one type everywhere."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class _CodeField(models.CharField):  # type: ignore[type-arg]
    length: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": self.length, **kwargs})

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"char({self.length})"

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        """Return the plain placeholder. Without this method Django sends many rows as arrays of `char`.

        That is one letter each: USD would be written as U.
        """
        return "%s"


class CurrencyField(_CodeField):
    """An ISO 4217 code in three characters."""

    length = 3


class CountryField(_CodeField):
    """An ISO 3166 code in two characters."""

    length = 2
