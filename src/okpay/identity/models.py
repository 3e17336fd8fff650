"""The tables of identity."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from okpay.base.ids import new_uuid7
from okpay.identity.records import LONGEST_API_KEY_NAME, MOST_NETWORKS, ConfirmedBy, Scope


class UserManager(BaseUserManager["User"]):
    """Finds users by what Django calls their name, which here is their id."""


class User(AbstractBaseUser):
    """Somebody who may sign in, once the e-mail address and the telephone number are proven."""

    id = models.UUIDField(primary_key=True, default=new_uuid7)
    email = models.EmailField(max_length=254, blank=True)
    """A copy of the primary address, kept by allauth; it proves nothing by itself."""
    legal_name = models.CharField(max_length=120)
    display_name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=10)
    phrase = models.BinaryField(default=b"")
    """The phrase that every genuine mail carries, sealed; empty when there is none."""
    mailed_code = models.BooleanField(db_default=False)
    """Whether signing in asks for a code that is mailed, where there is no other second step."""
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    opened_at = models.DateTimeField(db_default=Now())
    locked_at = models.DateTimeField(null=True)
    """Since when the emergency lock holds: nobody signs in until the owner unlocks it."""

    unlocked_at = models.DateTimeField(null=True)
    """When the last lock was undone: links that lock and are older do nothing any more."""

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "identity_user"
        constraints = [
            models.CheckConstraint(
                name="identity_user_has_names",
                condition=~models.Q(legal_name="") & ~models.Q(display_name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class Phone(models.Model):
    """The telephone number of a user, in E.164. Many may claim a number; one has proven it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    number = models.CharField(max_length=16)
    proven_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_phone"
        indexes = [models.Index(fields=["number"], name="identity_phone_number")]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                name="identity_phone_one_prover",
                condition=models.Q(proven_at__isnull=False),
            ),
        ]


class SecurityAnswer(models.Model):
    """The hash of an answer to one of the security questions: one more hurdle for support, never enough alone."""

    id = models.UUIDField(primary_key=True, default=new_uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    question = models.CharField(max_length=40)
    answer_hash = models.CharField(max_length=200)
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "identity_security_answer"
        constraints = [
            models.UniqueConstraint(fields=["user", "question"], name="identity_security_answer_once"),
        ]


class Device(models.Model):
    """A browser that a user has signed in with, known by a random token in its cookie."""

    id = models.UUIDField(primary_key=True, default=new_uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32)
    user_agent = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        db_table = "identity_device"
        constraints = [
            models.UniqueConstraint(fields=["user", "token_hash"], name="identity_device_once"),
        ]


class RecoveryRequest(models.Model):
    """Somebody asked for a mail to an address: to choose a new password, or to lock or unlock the account.

    It is answered in the background, so that who asks cannot measure whether the address is known.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid7)
    kind = models.CharField(max_length=10)
    email = models.CharField(max_length=254)
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "identity_recovery_request"


class PaymentPassword(models.Model):
    """The hash of somebody's payment password, and how many wrong ones came in a row since the last right one."""

    # Whoever has one is a customer and is not deleted in passing.
    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="+")
    digits_hash = models.CharField(max_length=128)
    times_set = models.IntegerField()
    set_at = models.DateTimeField()
    wrong_count = models.SmallIntegerField()
    """Attempts that were taken and not found right: one counts before its hash is looked at."""
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_payment_password"
        constraints = [
            models.CheckConstraint(
                name="identity_payment_password_counts",
                condition=models.Q(times_set__gte=1) & models.Q(wrong_count__gte=0),
            ),
        ]


class PaymentConfirmation(models.Model):
    """Somebody confirmed one movement; only `used_at` ever changes."""

    id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField()
    binding = models.BinaryField(max_length=32)
    method = models.CharField(max_length=20, db_default=ConfirmedBy.PAYMENT_PASSWORD.value)
    """With what: a value of `ConfirmedBy`."""
    confirmed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_payment_confirmation"
        indexes = [
            models.Index(fields=["expires_at"], name="identity_confirmation_expires"),
            models.Index(
                fields=["user_id"], name="identity_confirmation_unused", condition=models.Q(used_at=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="identity_confirmation_method",
                condition=models.Q(method__in=[method.value for method in ConfirmedBy]),
            ),
            models.CheckConstraint(
                name="identity_confirmation_lasts",
                condition=models.Q(expires_at__gt=models.F("confirmed_at")),
            ),
        ]


class ApiKey(models.Model):
    """A key with which a program speaks for its owner. Of the key itself there is a digest and how it begins."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=LONGEST_API_KEY_NAME)
    hint = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of the whole key. It has 256 random bits, so nothing slower is needed."""
    scopes = ArrayField(models.CharField(max_length=10))
    networks = ArrayField(models.CharField(max_length=43))
    """Where it may be used from, in CIDR form; empty for anywhere."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(
        db_default=models.Func(function="clock_timestamp", output_field=models.DateTimeField())
    )
    """By the database's real clock, also where a test has shifted the other one: processes ask what changed lately."""

    class Meta:
        db_table = "identity_api_key"
        indexes = [models.Index(fields=["changed_at"], name="identity_api_key_changed")]
        constraints = [
            models.CheckConstraint(name="identity_api_key_has_name", condition=~models.Q(name="")),
            models.CheckConstraint(
                name="identity_api_key_scopes",
                condition=models.Q(scopes__len__gte=1)
                & models.Q(scopes__contained_by=[scope.value for scope in Scope]),
            ),
            models.CheckConstraint(
                name="identity_api_key_networks", condition=models.Q(networks__len__lte=MOST_NETWORKS)
            ),
            models.CheckConstraint(
                name="identity_api_key_lasts",
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("created_at")),
            ),
        ]
