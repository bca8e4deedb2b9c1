"""Case (信访事项): the matter itself; Demand (诉求): one request within it; Topic (内容分类): the office's vocabulary."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.clocks.models import PolicyText
from huiyin.org.models import Unit
from huiyin.trail.models import Subject


class Stage(models.TextChoices):
    """Only what changes which steps are possible; everything else about a case is a row of its own."""

    RECEIVED = "received", "已收到，待登记"
    REGISTERED = "registered", "已登记，待研判"
    DISPATCHED = "dispatched", "已转送或交办，待签收"
    OBJECTED = "objected", "收件单位有异议，待答复"
    DISPUTED = "disputed", "管辖有争议，待上级决定"
    ACCEPTED = "accepted", "已受理，待分办"
    ASSIGNED = "assigned", "已分办，待签收"
    SENT_BACK = "sent_back", "承办单位要求退回，待答复"
    HANDLING = "handling", "正在办理"
    DRAFTED = "drafted", "处理意见待审批"
    APPROVED = "approved", "已审批，待用印"
    DECIDED = "decided", "已作出处理意见，待送达"
    DELIVERED = "delivered", "已送达"
    REVIEW_ASKED = "review_asked", "已请求复查、复核，待受理"
    IN_REVIEW = "in_review", "正在复查、复核"
    REVIEWED = "reviewed", "复查、复核意见待送达"
    INSPECTED = "inspected", "已转纪检监察"
    CLOSED = "closed", "已办结"
    NOT_OURS = "not_ours", "不属于本单位，已告知去向"
    DECLINED = "declined", "不予受理"
    NO_LONGER = "no_longer", "不再受理"
    ROUTED_OUT = "routed_out", "已告知法定途径"
    WITHDRAWN = "withdrawn", "已撤回"
    VOIDED = "voided", "已作废"
    JOINED = "joined", "已并入"
    ENDED = "ended", "已终结"


# Four that read as "not accepted" and are four things (第二十三条, 第十九条第三款, 第三十六条第三款, 第三十一条): never one count.
NOT_ACCEPTED = frozenset({Stage.NOT_OURS, Stage.DECLINED, Stage.NO_LONGER, Stage.ROUTED_OUT})
ENDED = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.VOIDED, Stage.JOINED, Stage.ENDED}) | NOT_ACCEPTED
OPEN = frozenset(Stage) - ENDED
UNDER_REVIEW = frozenset({Stage.REVIEW_ASKED, Stage.IN_REVIEW, Stage.REVIEWED})


# 第二十九条: a suggestion is studied and answered; a 处理意见 is given on claims alone (第三十一条第六项, 第三十二条).
ANSWER_STAGES: dict[str, str] = {
    Stage.HANDLING: "正在研究",
    Stage.DRAFTED: "答复待审批",
    Stage.APPROVED: "答复已审批，待用印",
    Stage.DECIDED: "答复已作出，待送达",
    Stage.DELIVERED: "答复已送达",
}

# Which of the two it is, once somebody asked.
REVIEW_STAGES: dict[tuple[str, int], str] = {
    (Stage.REVIEW_ASKED, 1): "已请求复查，待受理",
    (Stage.REVIEW_ASKED, 2): "已请求复核，待受理",
    (Stage.IN_REVIEW, 1): "正在复查",
    (Stage.IN_REVIEW, 2): "正在复核",
    (Stage.REVIEWED, 1): "复查意见待送达",
    (Stage.REVIEWED, 2): "复核意见待送达",
}


class Topic(models.Model):
    """内容分类, own codes (domain.md §7): `pay`, `pay.arrears`. Loaded from vocabulary/topics.toml by a command."""

    code = models.CharField(max_length=30, primary_key=True)
    name = models.CharField(max_length=30)
    plain_name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    position = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.name


class Classification(models.TextChoices):
    """《信访工作条例》第二十九至三十一条."""

    CLAIM = "claim", "申诉求决"
    SUGGESTION = "suggestion", "意见建议"
    REPORT = "report", "检举控告"


class Identity(models.TextChoices):
    """How the filer wants to be known."""

    NAMED = "named", "实名"
    CONFIDENTIAL = "confidential", "保密"
    ANONYMOUS = "anonymous", "匿名"


class Case(models.Model):
    """One matter. `reference` is random and public; `number` is the register's, given by `register`.

    `office` is the petition office that has it; `sender` the one that sent it there, until it is signed for or, of an
    order, reported on. `split_from`: it was part of that case. `is_notice_exempt`: name or address unclear (第二十三条).
    `next_*` say who owes the next step by when (the watch-dog): kept by lifecycle with every step, folded by verify.
    `harms`: codes of the policy's closed list that the case is known to involve, with blanks between.
    `review_unit` reviews, or reviewed last; `review_step`: 1 when a review was asked for, 2 the final one, 0 never.
    In the sealed lane (`is_sealed`) `matter` is empty and every text lives in the `sealed` columns of its row.
    `is_outside`: a report that nobody in the enterprise may handle; the organ above does (docs/decisions/0018).
    """

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="case")
    reference = models.CharField(max_length=10, unique=True)
    number = models.CharField(max_length=40, unique=True, null=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.RECEIVED)
    matter = models.CharField(max_length=80, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, related_name="cases")
    classification = models.CharField(max_length=12, choices=Classification, blank=True)
    classification_said = models.CharField(max_length=12, choices=Classification, blank=True)
    branch = models.PositiveSmallIntegerField(null=True)
    is_sealed = models.BooleanField(default=False)
    identity = models.CharField(max_length=12, choices=Identity)
    headcount = models.PositiveIntegerField(default=1)
    harms = models.CharField(max_length=120, blank=True)
    has_aid = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    office = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    next_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    next_role = models.CharField(max_length=20, blank=True)
    next_step = models.CharField(max_length=30, blank=True)
    next_due_on = models.DateField(null=True)
    next_rule = models.CharField(max_length=30, blank=True)
    joined_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="joined")
    is_outside = models.BooleanField(default=False)
    split_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="split_off")
    is_notice_exempt = models.BooleanField(default=False)
    review_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    review_step = models.PositiveSmallIntegerField(default=0)
    outcome_note = models.CharField(max_length=20, blank=True)
    policy = models.ForeignKey(PolicyText, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=sorted(ENDED))
                | (Q(next_due_on__isnull=False) & Q(next_unit__isnull=False) & ~Q(next_step="") & ~Q(next_role="")),
                name="cases_open_has_owner_step_date",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.JOINED) | Q(joined_to__isnull=False), name="cases_joined_says_where"
            ),
            models.CheckConstraint(condition=Q(is_sealed=False) | Q(matter=""), name="cases_sealed_shows_no_matter"),
        ]
        indexes = [
            models.Index(fields=["is_sealed", "-received_at", "-id"], name="cases_newest"),
            models.Index(fields=["next_unit", "next_due_on", "id"], name="cases_next_unit_due"),
            models.Index(fields=["unit", "next_due_on", "id"], name="cases_unit_due"),
            models.Index(fields=["handler", "next_due_on", "id"], name="cases_handler_due"),
            models.Index(fields=["stage", "next_due_on", "id"], name="cases_stage_due"),
        ]

    @property
    def is_open(self) -> bool:
        return Stage(self.stage) in OPEN

    @property
    def is_suggestion(self) -> bool:
        return self.classification == Classification.SUGGESTION

    @property
    def stage_words(self) -> str:
        """The stage as staff read it; a suggestion is answered where a claim is decided."""
        words = ANSWER_STAGES.get(self.stage) if self.is_suggestion else None
        words = words or REVIEW_STAGES.get((self.stage, self.review_step))
        return words or str(Stage(self.stage).label)


class Outcome(models.TextChoices):
    """第三十二条 for claims; 第二十九条 for suggestions; settled: by an agreement (第三十三条)."""

    SUPPORTED = "supported", "予以支持"
    EXPLAINED = "explained", "解释说明"
    NOT_SUPPORTED = "not_supported", "不予支持"
    ADOPTED = "adopted", "予以采纳"
    PARTLY_ADOPTED = "partly_adopted", "部分采纳"
    KEPT = "kept", "留作参考"
    NOT_ADOPTED = "not_adopted", "未予采纳"
    SETTLED = "settled", "达成协议"


class Way(models.TextChoices):
    """Where one request goes. '' until somebody decided: it goes with the case."""

    OWN = "own", "由本单位办理"
    ROUTED = "routed", "告知法定途径"
    NOT_OURS = "not_ours", "不属于本单位，告知去向"
    DECLINED = "declined", "不予受理"
    SPLIT = "split", "另立一件办理"


class Demand(models.Model):
    """One request. A supported (or adopted) one stays open until it is carried out, with evidence.

    `way` is where it goes, `led_at` when its filer was told so in writing or it got a case of its own: `unit`, `branch`
    and `classification` are then what was decided about this one. A decision answers those that are the case's own.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="demands")
    no = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    sealed = models.BinaryField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    executed_at = models.DateTimeField(null=True)
    classification = models.CharField(max_length=12, choices=Classification, blank=True)
    branch = models.PositiveSmallIntegerField(null=True)
    way = models.CharField(max_length=10, choices=Way, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    route = models.CharField(max_length=40, blank=True)
    led_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "no"], name="cases_demand_once")]

    @property
    def is_own(self) -> bool:
        """Whether the case's own decision answers it."""
        return self.way in {"", Way.OWN}
