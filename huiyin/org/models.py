"""Units, people at work, posts over time, areas of responsibility, number series, tokens of programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from huiyin.org.permissions import Role
from huiyin.trail.models import Subject


class Unit(models.Model):
    """A node of the enterprise's one tree: group → second-level unit → department or station.

    `path` is the materialised way from the root (`/1/7/`), so a subtree is a prefix.
    `code` is the 机关代字 part used in numbers (`信`, `炼化信`); only units that act in their own name need one.
    `subject` anchors the record of what was done with the unit.
    """

    name = models.CharField(max_length=60)
    short_name = models.CharField(max_length=20)
    code = models.CharField(max_length=8, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=120, unique=True)
    acts_in_own_name = models.BooleanField(default=False)
    has_petition_office = models.BooleanField(default=False)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, null=True, related_name="unit")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(acts_in_own_name=False) | ~Q(code=""), name="org_unit_own_name_has_code"
            ),
            models.UniqueConstraint(
                ExpressionWrapper(Q(parent__isnull=True), output_field=BooleanField()),
                condition=Q(parent__isnull=True, closed_on__isnull=True),
                name="org_unit_one_root",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None, *, name: str, email: str = "") -> User:
        user = self.model(username=username, name=name, email=email)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account: an employee signs on to see the own cases, somebody with posts also works at the desk.

    `subject` anchors the record of what administrators did with the account; `org.accounts` makes it.
    `sign_on_round` is part of what a session is checked against: raising it ends every session of the account.
    """

    username = models.CharField("工号", max_length=30, unique=True)
    name = models.CharField("姓名", max_length=40, db_index=True)
    email = models.EmailField("邮箱", blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="people")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, null=True, related_name="account")
    sign_on_round = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()
    posts_read: Sequence[Post] | None = None  # by org.staff.account_with_posts, for one request

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        return self._round(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return (self._round(digest) for digest in super().get_session_auth_fallback_hash())

    def _round(self, digest: str) -> str:
        return f"{digest}.{self.sign_on_round}"


class Area(models.Model):
    """A field a deputy answers for (生产与安全, 人力资源 …): a set of units."""

    name = models.CharField(max_length=40)
    units = models.ManyToManyField(Unit, related_name="areas")


class Post(models.Model):
    """A role held in a unit for a time. Level of responsibility follows from the role (product.md §1)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role.choices)
    title = models.CharField("职务", max_length=40)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="posts")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="org_post_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["unit", "role"], name="org_post_unit_role")]


class Series(models.Model):
    """The last number given in a gapless series: one for each issuing unit, kind and year."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "kind", "year"], name="org_series_once")]


class ApiToken(models.Model):
    """A program's token. It sees what its account's posts see, and nothing once the account is disabled.

    `expires_at` is empty for tokens of the first release alone.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    is_list_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_apitoken"
