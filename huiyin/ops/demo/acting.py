"""How a story becomes scenes: each is one act by the person whose step it is, so many days after the receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from huiyin.cases import (
    closing,
    co_handling,
    deciding,
    dispatch,
    elsewhere,
    handling,
    identity,
    intake,
    joining,
    parting,
    recusal,
    together,
    triage,
)
from huiyin.cases.intake import Circumstances, Person, Received, Words
from huiyin.cases.models import Case, Extension, Filing, Note, Opening, Stage
from huiyin.kernel.actors import Employee, Staff
from huiyin.ops.demo.enterprise import EMPLOYEES, Enterprise
from huiyin.ops.demo.stories import WAY, Story
from huiyin.trail.moments import server_now

LIAISONS = {
    "refining": ("liaison1", "handler1", "head1"),
    "mining": ("liaison2", "handler2", "head2"),
    "transport": ("liaison3", "handler3", "head3"),
    "building": ("liaison4", "handler4", "head4"),
    "services": ("liaison5", "handler5", "chief1"),
    "personnel": ("liaison6", "handler6", "chief1"),
    "retired": ("liaison7", "handler7", "chief1"),
}
PRODUCTION = {"refining", "mining", "transport", "building"}


@dataclass(frozen=True)
class Scene:
    """One act: how many days after the receipt, whether somebody at work does it, and what it does."""

    day: float
    is_staff: bool
    play: Callable[[], None]


@dataclass
class Played:
    """A story while it is played: what its acts gave so far, which later acts need."""

    story: Story
    world: Enterprise
    others: dict[str, Played]
    received: list[Received] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return Case.objects.get(pk=self.received[0].case.pk)

    @property
    def filing(self) -> Filing:
        return Filing.objects.select_related("case__subject__key").get(pk=self.received[0].filing.pk)

    @property
    def filer(self) -> Employee:
        if self.story.filer and self.story.identity != "anonymous":
            return self.world.employee(self.story.filer)
        return Employee(filing_id=self.received[0].filing.pk)

    @property
    def is_online(self) -> bool:
        return self.story.channel == "web"

    def staff(self, username: str) -> Staff:
        return self.world.staff(username, today())

    @property
    def officer(self) -> Staff:
        return self.staff("officer3" if self.story.petition_unit or self.story.sent else "officer1")

    @property
    def first_officer(self) -> Staff:
        """Of the office where it was received."""
        return self.staff("officer3" if self.story.petition_unit else "officer1")

    @property
    def handler(self) -> Staff:
        return self.staff(LIAISONS[self.story.unit][1])

    @property
    def head(self) -> Staff:
        return self.staff(LIAISONS[self.story.unit][2])

    def staff_does(self, day: float, play: Callable[[], object]) -> None:
        self.scenes.append(Scene(day, True, lambda: _ignore(play())))

    def filer_does(self, day: float, play: Callable[[], object]) -> None:
        self.scenes.append(Scene(day, False, lambda: _ignore(play())))


def scenes(world: Enterprise, told: tuple[Story, ...]) -> list[tuple[Story, list[Scene]]]:
    """Each story with its scenes in order."""
    others: dict[str, Played] = {}
    for story in told:
        others[story.key] = played = Played(story, world, others)
        _intake(played)
        if story.said == "report":
            _report(played)
        elif story.until in WAY:
            _main_way(played, WAY.index(Stage(story.until)))
        else:
            _early_end(played)
    return [(played.story, played.scenes) for played in others.values()]


def _intake(p: Played) -> None:
    story = p.story
    words = Words(story.text.strip(), story.demands, topic=story.topic, said=story.said)
    person = Person(name=story.name, phone=story.phone, address=story.address)
    for colleague in EMPLOYEES:
        if colleague.username == story.filer:
            account = p.world.users[story.filer].pk
            person = Person(colleague.name, phone=colleague.phone, address=colleague.address, account=account)
    how = Circumstances(
        channel=story.channel,
        headcount=story.headcount,
        representatives=[Person(name=name) for name in story.representatives],
        unit=p.world.units.get(story.petition_unit),
        consents_to_portal=story.channel == "web",
    )

    def receive() -> None:
        by = p.staff("officer2") if not p.is_online else Employee(user_id=person.account)
        p.received.append(
            intake.receive(words, identity=story.identity, person=person, how=how, by=by, at=server_now())
        )

    (p.filer_does if p.is_online else p.staff_does)(0, receive)


def _register(p: Played) -> None:
    p.staff_does(0.8, lambda: intake.register(p.case, matter=p.story.matter, by=p.first_officer, at=server_now()))
    if p.story.split_off:
        p.staff_does(1.1, lambda: _split(p))
    if p.story.sent:
        p.staff_does(1.4, lambda: _send(p))


def _split(p: Played) -> None:
    no = len(p.story.demands)
    parting.split(p.case, nos=[no], matter=p.story.split_off, by=p.first_officer, at=server_now())


def _send(p: Played) -> None:
    unit, letter = p.world.units[p.story.unit], dispatch.Letter(*_way(p))
    if p.story.sent == "order":
        dispatch.order(
            p.case, to=unit, requirements=p.story.sent_for, letter=letter, by=p.first_officer, at=server_now()
        )
    else:
        dispatch.transfer(p.case, to=unit, letter=letter, by=p.first_officer, at=server_now())


def _classify(p: Played, branch: int) -> None:
    what = "suggestion" if p.story.said == "suggestion" else "claim"
    p.staff_does(
        2.0, lambda: triage.classify(p.case, classification=what, branch=branch, by=p.officer, at=server_now())
    )


def _way(p: Played) -> tuple[str, str]:
    return ("portal", "") if p.is_online else ("hand", "接访室")


def _main_way(p: Played, reach: int) -> None:
    """The main way up to the stage with this place in WAY."""
    if reach >= WAY.index(Stage.REGISTERED):
        _register(p)
    if p.story.sent:
        p.staff_does(1.8, lambda: dispatch.take_over(p.case, by=p.officer, at=server_now()))
    if reach >= WAY.index(Stage.ACCEPTED):
        _classify(p, 6)
        way, place = _way(p)
        p.staff_does(2.6, lambda: triage.accept(p.case, way=way, place=place, by=p.officer, at=server_now()))
    if reach >= WAY.index(Stage.ASSIGNED):
        _assign(p, 3.5)
    if reach >= WAY.index(Stage.HANDLING):
        _handle(p)
    if reach >= WAY.index(Stage.DRAFTED):
        _decide(p, reach)
    if reach >= WAY.index(Stage.DELIVERED):
        _after(p, reach)


def _assign(p: Played, day: float) -> None:
    unit = p.world.units[p.story.unit]
    if p.story.sent_back:
        wrong = p.world.units["personnel"]
        p.staff_does(day, lambda: handling.assign(p.case, to=wrong, by=p.officer, at=server_now()))
        p.staff_does(
            day + 2,
            lambda: handling.send_back(p.case, reason=p.story.sent_back, by=p.staff("liaison6"), at=server_now()),
        )
        p.staff_does(day + 2.5, lambda: handling.agree_send_back(p.case, by=p.officer, at=server_now()))
        day += 3
    said = "请在规定期限内查清事实，及时联系反映人，逐项提出处理意见。"
    p.staff_does(day, lambda: handling.assign(p.case, to=unit, instruction=said, by=p.officer, at=server_now()))


def _handle(p: Played) -> None:
    story, pace = p.story, p.story.pace
    liaison, handler, _head = LIAISONS[story.unit]
    p.staff_does(
        4.8 if not story.sent_back else 8,
        lambda: handling.take_in(p.case, handler=p.world.users[handler], by=p.staff(liaison), at=server_now()),
    )
    if story.opening_reason:
        _open(p)
    if story.recusal:
        p.staff_does(5.5, lambda: recusal.declare(p.case, reason=story.recusal, by=p.handler, at=server_now()))
    if story.helped_by:
        helper = p.world.units[story.helped_by]
        p.staff_does(
            6,
            lambda: co_handling.co_handle(p.case, unit=helper, asked=story.helped_for, by=p.handler, at=server_now()),
        )
    if story.told:
        p.staff_does(
            6.5 * pace,
            lambda: _contact(p),
        )
    for place, text in enumerate(story.notes):
        p.staff_does((9 + 3 * place) * pace, _noting(p, text))
    if story.question:
        p.staff_does(16 * pace, lambda: handling.ask(p.case, question=story.question, by=p.handler, at=server_now()))
    if story.answer:
        p.filer_does(18 * pace, lambda: _answer(p))
    if story.extension:
        p.staff_does(44, lambda: _ask_extension(p))
        p.staff_does(47, lambda: _extend(p))


def _contact(p: Played) -> None:
    way = "portal" if p.is_online else "phone"
    everybody = [filing.reference for filing in together.standing(p.case)]
    handling.contact(p.case, way=way, told=p.story.told, to=everybody, by=p.handler, at=server_now())


def _noting(p: Played, text: str) -> Callable[[], object]:
    return lambda: handling.add_evidence(p.case, text=text, by=p.handler, at=server_now())


def _answer(p: Played) -> None:
    question = Note.objects.get(case=p.case, kind=Note.Kind.QUESTION)
    handling.answer(question, p.filing, text=p.story.answer, by=p.filer, at=server_now())


def _ask_extension(p: Played) -> None:
    story = p.story
    handling.request_extension(
        p.case, days=story.extension, reason=story.extension_reason, by=p.handler, at=server_now()
    )


def _extend(p: Played) -> None:
    row = Extension.objects.get(case=p.case)
    handling.decide_extension(row, is_approved=True, way=_way(p)[0], by=p.head, at=server_now())


def _open(p: Played) -> None:
    def decide() -> None:
        row = Opening.objects.get(case=p.case)
        deputy = "deputy1" if p.story.unit in PRODUCTION else "deputy2"
        identity.decide_opening(row, is_granted=True, by=p.staff(deputy), at=server_now())

    reason = p.story.opening_reason
    p.staff_does(
        6,
        lambda: identity.ask_opening(p.case, purpose="verify_facts", reason=reason, by=p.handler, at=server_now()),
    )
    p.staff_does(7, decide)
    p.staff_does(7.5, lambda: identity.open_identity(p.case, purpose="verify_facts", by=p.handler, at=server_now()))


def _decide(p: Played, reach: int) -> None:
    story, late = p.story, (40 if p.story.extension else 0)
    answers = [
        deciding.Answer(no, reply.reasons, reply.basis, reply.outcome, reply.measure)
        for no, reply in enumerate(story.replies, start=1)
    ]
    p.staff_does(
        28 * story.pace + late,
        lambda: deciding.draft(p.case, findings=story.findings, answers=answers, by=p.handler, at=server_now()),
    )
    if reach >= WAY.index(Stage.APPROVED):
        p.staff_does(30 * story.pace + late, lambda: deciding.approve(p.case, by=p.head, at=server_now()))
    if reach >= WAY.index(Stage.DECIDED):
        p.staff_does(32 * story.pace + late, lambda: deciding.seal(p.case, by=p.officer, at=server_now()))
    if reach >= WAY.index(Stage.DELIVERED):
        way, place = _way(p)
        p.staff_does(
            33 * story.pace + late,
            lambda: deciding.deliver(p.case, way=way, place=place, by=p.officer, at=server_now()),
        )


def _after(p: Played, reach: int) -> None:
    story, start = p.story, 34 * p.story.pace + (40 if p.story.extension else 0)
    if p.is_online and (reach >= WAY.index(Stage.CLOSED) or story.rating):
        p.filer_does(start, lambda: deciding.confirm(p.filing, by=p.filer, at=server_now()))
    for no, reply in enumerate(story.replies, start=1):
        if reply.done:
            p.staff_does(start + 10 + no, _executing(p, no, reply.done))
    if story.rating:
        office, unit, is_solved, *comment = story.rating
        p.filer_does(
            start + 15,
            lambda: closing.rate(
                p.filing,
                office=office,
                unit=unit,
                is_solved=is_solved == "yes",
                comment="".join(comment),
                by=p.filer,
                at=server_now(),
            ),
        )
    if reach >= WAY.index(Stage.CLOSED):
        p.staff_does(start + 24, lambda: closing.close(p.case, by=p.officer, at=server_now()))


def _executing(p: Played, no: int, text: str) -> Callable[[], object]:
    return lambda: deciding.execute(p.case, demand_no=no, text=text, by=p.handler, at=server_now())


def _early_end(p: Played) -> None:
    end, now = p.story.end, server_now
    way, place = _way(p)
    if p.story.until == Stage.JOINED:
        p.staff_does(
            1,
            lambda: joining.join(p.case, into=p.others[end["into"]].case, reason=end["reason"], by=p.officer, at=now()),
        )
        return
    _register(p)
    if p.story.until == Stage.DECLINED:
        p.staff_does(
            4,
            lambda: triage.decline(
                p.case,
                reason=end["reason"],
                article=end["article"],
                right_organ=end["organ"],
                way=way,
                place=place,
                by=p.officer,
                at=now(),
            ),
        )
    elif p.story.until == Stage.NOT_OURS:
        p.staff_does(
            4,
            lambda: elsewhere.refer(
                p.case,
                right_organ=end["organ"],
                how=end["how"],
                reason=end["reason"],
                way=way,
                place=place,
                by=p.officer,
                at=now(),
            ),
        )
    elif p.story.until == Stage.ROUTED_OUT:
        _classify(p, int(end["branch"]))
        p.staff_does(
            3, lambda: triage.route_out(p.case, route=end["route"], way=way, place=place, by=p.officer, at=now())
        )
    elif p.story.until == Stage.WITHDRAWN:
        p.filer_does(5, lambda: closing.withdraw(p.filing, reason=end["reason"], by=p.filer, at=now()))
    elif p.story.until == Stage.VOIDED:
        p.staff_does(1.2, lambda: closing.void(p.case, reason=end["reason"], by=p.officer, at=now()))


def _report(p: Played) -> None:
    """The sealed lane: read, noted, answered, and concluded where the story says so."""
    end = p.story.end

    def by() -> Staff:
        return p.staff("inspector1")

    p.staff_does(1, lambda: closing.read_report(p.case, by=by(), at=server_now()))
    p.staff_does(4, lambda: closing.note_report(p.case, text=end["note"], by=by(), at=server_now()))
    p.staff_does(6, lambda: closing.reply_report(p.case, text=end["reply"], by=by(), at=server_now()))
    if p.story.until == Stage.CLOSED:
        p.staff_does(40, lambda: closing.conclude_report(p.case, text=end["conclusion"], by=by(), at=server_now()))


def _ignore(_result: object) -> None:
    """A scene answers nothing."""


def today() -> date:
    """The day the scene plays on, in the enterprise's time zone."""
    return timezone.localtime(server_now()).date()
