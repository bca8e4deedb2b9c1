"""How a filing came: what one channel has and the others don't, a row each. The queue of the reception room."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.case import Case
from huiyin.cases.models.filing import Filing
from huiyin.org.models import Unit


class Arrival(models.Model):
    """Of a letter its mail number, of a visit where it was received; of a scan that was read by the program which words
    the program read (`scan_hash`: SHA-256 of them, before anybody corrected them) and which program it was.

    The words that a person confirmed are the filing's own text.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="arrivals")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="arrival")
    tracking_no = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120, blank=True)
    scan_hash = models.CharField(max_length=64, blank=True)
    scan_reader = models.CharField(max_length=60, blank=True)


class Dictation(models.Model):
    """The record of what was said (第十九条), read back to who said it. Open until `read_back_at` is set."""

    class Way(models.TextChoices):
        ALOUD = "aloud", "已宣读，本人确认无误"
        SIGNED = "signed", "本人已在笔录上签名"
        REFUSED = "refused", "本人不愿签名"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dictations")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="dictation")
    way = models.CharField(max_length=8, choices=Way, blank=True)
    read_back_at = models.DateTimeField(null=True)
    read_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(read_back_at__isnull=True) | (~Q(way="") & Q(read_back_by__isnull=False)),
                name="cases_read_back_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["case"], condition=Q(read_back_at__isnull=True), name="cases_read_back_open"),
        ]


class FromAbove(models.Model):
    """A matter that an organ above transferred 转送 or ordered 交办: its paper, its limit, our answer, our objection."""

    class Task(models.TextChoices):
        TRANSFER = "transfer", "转送"
        ORDER = "order", "交办"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="from_above")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="from_above")
    sender = models.CharField(max_length=80)
    sender_number = models.CharField(max_length=60, blank=True)
    sent_on = models.DateField(null=True)
    task = models.CharField(max_length=8, choices=Task)
    answer_by = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    answer_number = models.CharField(max_length=60, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    objected_on = models.DateField(null=True)
    is_objection_late = models.BooleanField(default=False)
    objection = models.TextField(blank=True)


class Instruction(models.Model):
    """A leader's instruction 领导批示 with which a matter came: whose, what it says, of which day.

    `reported_on`: the day on which the leader was told what came of it, which ends the limit.
    `leader` is an account where the leader has one, else name and post stand in `leader_name`.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="instructions")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="instruction")
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    leader_name = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    sealed = models.BinaryField(null=True)
    given_on = models.DateField()
    reported_on = models.DateField(null=True)


class Ticket(models.Model):
    """A number of the day in the reception room's queue: how many came, never who. Swept when no filing came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "等候"
        CALLED = "called", "正在接待"
        DONE = "done", "接待完"
        LEFT = "left", "已离开"

    office = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    no = models.PositiveSmallIntegerField()
    headcount = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    taken_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, null=True, related_name="ticket")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "day", "no"], name="cases_ticket_of_the_day")]
