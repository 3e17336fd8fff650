"""The tables of the book. Only `sql/*.sql` and this room's actions write them.

The hot tables carry no foreign keys, one unique key each, and no check constraints, which PostgreSQL compiles anew for
every statement (measured: a sixth of a single posting). What holds them together is asserted by the posting function,
by the guards in `sql/guards.sql`, and by `okpay ledger verify`. All amounts are in minor units.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from okpay.base.fields import CurrencyField


class Account(models.Model):
    """An account of the book. Its id comes from the caller, never from a sequence."""

    id = models.BigIntegerField(primary_key=True)
    balance_minor = models.BigIntegerField(db_default=0)
    held_minor = models.BigIntegerField(db_default=0)
    sequence = models.BigIntegerField(db_default=0)
    floor_minor = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    normal_side = models.SmallIntegerField()
    status = models.SmallIntegerField(db_default=1)
    currency = CurrencyField()
    purpose = models.CharField(max_length=40)

    class Meta:
        db_table = "ledger_account"


class AccountCode(models.Model):
    """The name of one of the house's own accounts, such as `fees.transfer:USD`."""

    code = models.CharField(max_length=60, primary_key=True)
    account_id = models.BigIntegerField()

    class Meta:
        db_table = "ledger_account_code"


class Entry(models.Model):
    """A journal entry: one accepted item of a posting list. Append-only. The id is the idempotency key."""

    id = models.UUIDField(primary_key=True)
    booked_at = models.DateTimeField()
    hold_id = models.UUIDField(null=True)
    reverses_id = models.UUIDField(null=True)
    operation = models.SmallIntegerField()
    closes_hold = models.BooleanField()
    kind = models.CharField(max_length=40)
    debit_account_ids = ArrayField(models.BigIntegerField())
    credit_account_ids = ArrayField(models.BigIntegerField())
    amounts_minor = ArrayField(models.BigIntegerField())
    count_subject_ids = ArrayField(models.BigIntegerField(), null=True)
    count_amounts_minor = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        db_table = "ledger_entry"


class Posting(models.Model):
    """A line of an account: positive for a debit, negative for a credit, with the balance after it. Append-only."""

    pk = models.CompositePrimaryKey("account_id", "sequence")
    account_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    entry_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    leg = models.SmallIntegerField()
    currency = CurrencyField()

    class Meta:
        db_table = "ledger_posting"


class Hold(models.Model):
    """A reservation on an account. Its id is that of the entry that reserved it."""

    id = models.UUIDField(primary_key=True)
    account_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    booked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.SmallIntegerField()
    count_subject_ids = ArrayField(models.BigIntegerField(), null=True)
    count_amounts_minor = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        db_table = "ledger_hold"
        indexes = [
            models.Index(name="ledger_hold_open_deadline", fields=["expires_at"], condition=Q(status=1)),
            models.Index(name="ledger_hold_open_account", fields=["account_id"], condition=Q(status=1)),
        ]


class LimitSubject(models.Model):
    """Somebody whose movements are counted. What was used belongs to the windows that contain `counted_on`."""

    id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(db_default=0)
    per_movement_minor = models.BigIntegerField(null=True)
    per_day_minor = models.BigIntegerField(null=True)
    per_week_minor = models.BigIntegerField(null=True)
    per_month_minor = models.BigIntegerField(null=True)
    per_year_minor = models.BigIntegerField(null=True)
    used_day_minor = models.BigIntegerField(db_default=0)
    used_week_minor = models.BigIntegerField(db_default=0)
    used_month_minor = models.BigIntegerField(db_default=0)
    used_year_minor = models.BigIntegerField(db_default=0)
    counted_on = models.DateField(null=True)
    currency = CurrencyField()
    time_zone = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_limit_subject"


class Reversal(models.Model):
    """Which entry undid which: the key sees to it that there is one at most."""

    original_id = models.UUIDField(primary_key=True)
    entry_id = models.UUIDField()

    class Meta:
        db_table = "ledger_reversal"


class Mode(models.Model):
    """The one row that says whether the ledger accepts holds only (maintenance), and what was announced of it."""

    id = models.SmallIntegerField(primary_key=True)
    holds_only = models.BooleanField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    message = models.CharField(max_length=280, db_default="")
    message_zh = models.CharField(max_length=280, db_default="")

    class Meta:
        db_table = "ledger_mode"
        constraints = [
            models.CheckConstraint(name="ledger_mode_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="ledger_mode_since_while_on",
                condition=Q(holds_only=True, since__isnull=False)
                | Q(holds_only=False, since__isnull=True, until__isnull=True),
            ),
        ]


class Unsealed(models.Model):
    """What one call of the posting function wrote and no seal covers yet: the sealer's queue."""

    id = models.UUIDField(primary_key=True)
    entry_ids = ArrayField(models.UUIDField())

    class Meta:
        db_table = "ledger_unsealed"


class Seal(models.Model):
    """A link of the chain: the Merkle root over the leaves of these entries, bound to the link before. Append-only."""

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    root = models.BinaryField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    entry_ids = ArrayField(models.UUIDField())
    leaves = models.BinaryField()
    """The leaves' SHA-256 hashes one after another, in the order of `entry_ids`: they tell which entry was altered."""

    class Meta:
        db_table = "ledger_seal"
