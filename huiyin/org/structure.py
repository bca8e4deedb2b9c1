"""The tree of units: who issues, who reviews, whose office, who holds what; and how units open and close.

A path (`/1/7/`) is made of ids from the root down, so that the units above are read in one statement.
Every answer about the present takes the day; without one it is today in the enterprise's time zone. A unit counts as
closed from its `closed_on` on, and its successor answers in its place.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from django.core.cache import caches
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import record
from huiyin.org.models import Post, Unit, User
from huiyin.org.permissions import Permission, Role, may, roles_with
from huiyin.trail.moments import server_now

HEADS = (Role.CHIEF, Role.UNIT_HEAD)
FRONT_OFFICE = "front_office"


def current_day() -> date:
    """The server's date in the enterprise's time zone."""
    return timezone.localtime(server_now(), timezone.get_default_timezone()).date()


def is_whole_tree(path: str) -> bool:
    """Whether the subtree of this path is the whole enterprise: the path of the root (there is one open root)."""
    return path.count("/") == 2


def is_open(unit: Unit, on: date | None = None) -> bool:
    return unit.closed_on is None or unit.closed_on > (on or current_day())


def live(unit: Unit, on: date | None = None) -> Unit:
    """The unit, or whoever took over from it, through any number of closings. One statement for each.

    Raises Refused where a closed unit has no successor.
    """
    day, seen = on or current_day(), {unit.pk}
    while not is_open(unit, day):
        if unit.successor_id is None or unit.successor_id in seen:
            raise Refused(
                "no_successor",
                _("“%(unit)s”已撤销，还没有登记由哪个单位承接。请联系系统管理员在组织机构中补上承接单位。")
                % {"unit": unit.name},
            )
        seen.add(unit.successor_id)
        unit = Unit.objects.get(pk=unit.successor_id)
    return unit


def ancestors(unit: Unit) -> list[Unit]:
    """The unit and those above it, from itself up to the root. One statement."""
    return list(Unit.objects.filter(path__in=paths_up(unit.path)).order_by(Length("path").desc()))


def issuer(unit: Unit, on: date | None = None) -> Unit:
    """The nearest unit upward, itself first, that acts in its own name: it issues the unit's decisions and papers.

    No statement when the unit does so itself. Raises Refused where no unit up to the root does.
    """
    unit = live(unit, on)
    return unit if unit.acts_in_own_name else _first(unit, on, "acts_in_own_name")


def reviewer(unit: Unit, on: date | None = None) -> Unit | None:
    """Who decides a review (复查) of the unit's decision: the next unit above its issuer that acts in its own name.

    None: there is none, the external organ of enterprise.toml decides (《信访工作条例》第三十五条).
    """
    first = issuer(unit, on)
    return next((above for above in _above(first, on) if above.acts_in_own_name), None)


def outline(on: date | None = None) -> list[tuple[str, str]]:
    """The open units to choose from, (id, name indented by depth), in the order of the tree. One statement."""
    rows = [unit for unit in Unit.objects.order_by("path") if is_open(unit, on)]
    return [(str(unit.pk), "　" * (unit.path.count("/") - 2) + unit.name) for unit in rows]


def office_for(unit: Unit, on: date | None = None) -> Unit:
    """The nearest unit upward, itself first, with a petition office. Raises Refused where there is none."""
    unit = live(unit, on)
    return unit if unit.has_petition_office else _first(unit, on, "has_petition_office")


def union_for(unit: Unit, on: date) -> Unit:
    """Where the union that answers for this unit is: the nearest unit upward with such a post. Raises Refused."""
    posts = _posts(on).filter(unit__path__in=paths_up(live(unit, on).path), role=Role.UNION).select_related("unit")
    nearest = posts.order_by(Length("unit__path").desc(), "pk").first()
    if nearest is None:
        raise Refused("no_union", _("还没有登记工会人员，请联系信访工作机构，由安全管理员设置工会岗位。"))
    return nearest.unit


def front_office() -> Unit:
    """Where a filing goes that names no unit: the petition office nearest to the root. Raises Refused.

    Kept for a minute in each process, as every filing asks; `open_unit`, `amend_unit` and `close_unit` drop it here.
    Another process may send a filing to an office closed within that minute: like any other open case of that office,
    it goes on to the successor.
    """
    office: Unit | None = caches["process"].get(FRONT_OFFICE)
    if office is None or not is_open(office):
        offices = Unit.objects.filter(has_petition_office=True)
        office = min(filter(is_open, offices), key=lambda unit: (len(unit.path), unit.path), default=None)
        if office is None:
            raise _no_office()
        caches["process"].set(FRONT_OFFICE, office)
    return office


def head_of(unit: Unit, on: date) -> User | None:
    """Who answers for the unit in the first place: its chief, else its head; of two the one longer in office."""
    post = (
        _posts(on)
        .filter(unit_id=unit.pk, role__in=HEADS)
        .select_related("user")
        .order_by("role", "starts_on", "pk")  # 'chief' before 'unit_head'
        .first()
    )
    return post.user if post else None


def holders(permission: Permission, unit: Unit, on: date) -> list[User]:
    """Whose turn it is: those whose post carries the permission for this unit, nearest level only, by post.

    In the unit itself (a deputy: with the unit in the area), else in the closest unit above where somebody has it.
    Empty where nobody up to the root has it. One statement.
    """
    paths = paths_up(unit.path)
    own = Q(unit__path__in=paths) & ~Q(role=Role.DEPUTY)
    by_area = Q(area__units__path__in=paths, role=Role.DEPUTY)
    posts = (
        _posts(on)
        .filter(own | by_area, role__in=roles_with(permission))
        .select_related("user")
        .annotate(level=Case(When(role=Role.DEPUTY, then=F("area__units__path")), default=F("unit__path")))
        .order_by(Length("level").desc(), "pk")
    )
    found: dict[int, User] = {}
    nearest = ""
    for post in posts:
        nearest = nearest or post.level
        if post.level == nearest:
            found.setdefault(post.user_id, post.user)
    return list(found.values())


def open_unit(
    name: str,
    short_name: str,
    *,
    parent: Unit | None,
    on: date,
    code: str = "",
    acts_in_own_name: bool = False,
    has_petition_office: bool = False,
    by: Actor,
    at: datetime,
) -> Unit:
    """Put a unit into the tree; `parent` None makes the root, of which there is one.

    Raises Forbidden for anybody but a system administrator whose subtree has the parent. Raises Invalid for a unit
    without a name or one that acts in its own name without a code for its papers, Refused for a second root and below
    a closed unit.
    """
    _require(by, parent)
    unit = Unit(
        code=code.strip(), parent=parent, path=f"new {uuid4().hex}", opened_on=on, acts_in_own_name=acts_in_own_name,
        has_petition_office=has_petition_office,
    )  # fmt: skip
    _name(unit, name, short_name)
    if parent is not None and not is_open(parent, on):
        raise Refused("parent_closed", _("上级单位“%(unit)s”已撤销。请换一个上级单位。") % {"unit": parent.name})
    if parent is None and Unit.objects.filter(parent__isnull=True, closed_on__isnull=True).exists():
        raise Refused("second_root", _("组织机构只能有一个最上级单位。请为这个单位选择上级单位。"))
    with transaction.atomic():
        unit.save()
        unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
        unit.save(update_fields=["path"])
        _note(unit, "open_unit", by, at)
    return unit


def amend_unit(
    unit: Unit,
    *,
    name: str,
    short_name: str,
    code: str,
    acts_in_own_name: bool,
    has_petition_office: bool,
    by: Actor,
    at: datetime,
) -> None:
    """Change what a unit is called and whether it acts in its own name; papers already sealed stay as they are.

    Without a difference nothing happens. Raises Forbidden and Invalid as `open_unit` does, Refused for a closed unit,
    and where no unit up to the root would act in its own name or have a petition office any more.
    """
    _require(by, unit)
    with transaction.atomic():
        locked = Unit.objects.select_for_update().get(pk=unit.pk)
        before = record.unit_columns(locked)
        _refuse_closed(locked)
        locked.code, locked.acts_in_own_name, locked.has_petition_office = (
            code.strip(), acts_in_own_name, has_petition_office,
        )  # fmt: skip
        _name(locked, name, short_name)
        if locked.parent_id is None and not (acts_in_own_name and has_petition_office):
            raise Refused(
                "root_acts",
                _("最上级单位要以自己名义行文、设有信访工作机构：下级单位没有的，都由它承担。请保留这两项。"),
            )
        if record.unit_columns(locked) != before:
            locked.save()
            _note(locked, "amend_unit", by, at)
    unit.refresh_from_db()


def close_unit(unit: Unit, *, successor: Unit, on: date, by: Actor, at: datetime) -> None:
    """Close a unit from this day on; the successor answers for what it left, the posts held in it count no more.

    Raises Forbidden for anybody but a system administrator whose subtree has both. Raises Refused where the unit is
    closed already, where the successor is closed, is the unit itself or lies below it, and while units below are open;
    Invalid for a day before the unit was opened.
    """
    _require(by, unit)
    _require(by, successor)
    with transaction.atomic():
        locked = Unit.objects.select_for_update().get(pk=unit.pk)
        _refuse_closed(locked)
        if on < locked.opened_on:
            raise Invalid("closed_on", _("撤销的日期不能早于设立的日期。请核对日期。"), field="on")
        if not is_open(successor, on) or successor.path.startswith(locked.path):
            raise Refused("bad_successor", _("承接单位必须是仍然存在的另一个单位，也不能是本单位的下级。请另选一个。"))
        if Unit.objects.filter(path__startswith=locked.path, closed_on__isnull=True).exclude(pk=locked.pk).exists():
            raise Refused("units_below", _("“%(unit)s”下面还有单位。请先撤销或调整下级单位。") % {"unit": locked.name})
        locked.closed_on, locked.successor = on, successor
        locked.save(update_fields=["closed_on", "successor"])
        _note(locked, "close_unit", by, at)
    unit.refresh_from_db()


def _note(unit: Unit, act: str, by: Actor, at: datetime) -> None:
    """Record what became of the unit, and forget which office is the front one: it may be another now."""
    record.note_unit(unit, act, by=by, at=at)
    caches["process"].delete(FRONT_OFFICE)
    transaction.on_commit(lambda: caches["process"].delete(FRONT_OFFICE))  # read again before the commit by somebody


def _require(by: Actor, unit: Unit | None) -> None:
    """System stands for the command line of the server, the import and the demo: who runs these holds the database."""
    if isinstance(by, System):
        return
    if not (isinstance(by, Staff) and unit is not None and may(by, Permission.MANAGE_UNITS, unit.path)):
        raise Forbidden("not_yours_to_do", _("只有系统管理员能调整组织机构，请联系系统管理员。"))


def _name(unit: Unit, name: str, short_name: str) -> None:
    """Give the unit its names. Raises Invalid for one that is missing or too long, and for a missing code."""
    for field, text, limit in (("name", name, 60), ("short_name", short_name, 20), ("code", unit.code, 8)):
        if (field != "code" and not text.strip()) or len(text.strip()) > limit or not text.strip().isprintable():
            raise Invalid("unit_name", _("请填写名称，不超过 %(limit)d 个字。") % {"limit": limit}, field=field)
    unit.name, unit.short_name = name.strip(), short_name.strip()
    if unit.acts_in_own_name and not unit.code:
        raise Invalid("unit_code", _("以自己名义行文的单位需要机关代字，例如“炼化信”。请填写后再保存。"), field="code")


def _refuse_closed(unit: Unit) -> None:
    if unit.closed_on is not None:
        raise Refused("unit_is_closed", _("“%(unit)s”已经撤销，不能再改。") % {"unit": unit.name})


def _posts(on: date) -> QuerySet[Post]:
    return held_on(on).filter(user__is_active=True)


def held_on(on: date) -> QuerySet[Post]:
    """The posts that count on this day: begun, not ended (the last day counts), in a unit not closed."""
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        Q(unit__closed_on__isnull=True) | Q(unit__closed_on__gt=on),
        starts_on__lte=on,
    )


def is_held(post: Post, on: date) -> bool:
    """Whether the post counts on this day, as `held_on` asks of the database."""
    return post.starts_on <= on and (post.ends_on is None or post.ends_on >= on) and is_open(post.unit, on)


def paths_up(path: str) -> list[str]:
    """The path and those above it: `/1/7/` → `/1/`, `/1/7/`."""
    ids = path.strip("/").split("/")
    return [f"/{'/'.join(ids[: place + 1])}/" for place in range(len(ids))]


def _above(unit: Unit, on: date | None) -> list[Unit]:
    return [above for above in ancestors(unit) if above.pk != unit.pk and is_open(above, on)]


def _first(unit: Unit, on: date | None, quality: str) -> Unit:
    for above in _above(unit, on):
        if getattr(above, quality):
            return above
    if quality == "has_petition_office":
        raise _no_office()
    raise Refused(
        "no_issuer",
        _("“%(unit)s”和它的上级单位都不能以自己名义行文。请联系系统管理员在组织机构中设定。") % {"unit": unit.name},
    )


def _no_office() -> Refused:
    return Refused("no_office", _("还没有设立信访工作机构，来件无处可去。请联系系统管理员在组织机构中设定。"))
