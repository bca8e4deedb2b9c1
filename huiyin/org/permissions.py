"""One table: permission codes × roles. Read it, print it, test it whole.

A permission says what kind of act a role may take; `cases.access` says on which cases.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from huiyin.kernel.actors import Staff


class Role(models.TextChoices):
    """Roles of product.md §1 that have work here."""

    OFFICER = "officer", "信访专员"
    LIAISON = "liaison", "信访联络员"
    HANDLER = "handler", "承办人"
    UNIT_HEAD = "unit_head", "单位负责人"
    DEPUTY = "deputy", "分管领导"
    CHIEF = "chief", "主要领导"
    REVIEWER = "reviewer", "复查复核人员"
    INSPECTOR = "inspector", "纪检监察"
    UNION = "union", "工会"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


class Permission(StrEnum):
    """What may be done. The value is the code written into refusals and the printed table."""

    SEE_CASES = "see_cases"  # see the cases in one's reach
    REGISTER = "register"  # register filings of every channel, number, join, void, reopen
    TRIAGE = "triage"  # classify, accept, decline, route out
    ASSIGN = "assign"  # give a case to a unit
    ANSWER_SENT = "answer_sent"  # answer what comes back on a case sent to another office: objection, report
    DECIDE_JURISDICTION = "decide_jurisdiction"  # decide a dispute between two offices below
    HAND_OVER = "hand_over"  # give what a closed unit left to whoever takes over
    CO_HANDLE = "co_handle"  # answer the unit that leads
    TAKE_IN = "take_in"  # take in what came to the unit, or send it back
    HANDLE = "handle"  # contact, note, ask, gather evidence, draft, carry out
    APPROVE = "approve"  # approve the unit's decision
    EXTEND = "extend"  # approve an extension: head of the issuing unit
    SEAL = "seal"  # check, number and seal a paper, deliver it
    CLOSE = "close"  # close a case
    REVIEW = "review"  # take up, refuse and decide a review that was asked of the unit
    HEAR = "hear"  # hold a hearing, mediate
    OPEN_IDENTITY = "open_identity"  # open a masked identity with a purpose
    KEEP_COMMITMENT = "keep_commitment"  # tell the filer the progress, as promised
    AID = "aid"  # aid and care by the union
    APPROVE_OPENING = "approve_opening"  # second person for a confidential identity
    LOOK_UP = "look_up"  # the one logged look-up after saving (product.md §3)
    SUPERVISE = "supervise"  # demand an answer of a unit, read it, close; advice; enter a leader's instruction
    REPORT_BACK = "report_back"  # answer for the unit what was demanded, instructed or advised
    INSTRUCT = "instruct"  # write an instruction on a case
    INSPECT = "inspect"  # the sealed lane of reports of wrongdoing
    MANAGE_ACCOUNTS = "manage_accounts"  # create and disable accounts
    MANAGE_UNITS = "manage_units"  # open, change and close units
    GRANT_POSTS = "grant_posts"  # give and end posts
    MANAGE_FORMS = "manage_forms"  # word the forms of papers, for the whole enterprise
    REPORT_URGENT = "report_urgent"  # report what is urgent to the leaders at once
    AUDIT = "audit"  # read the record of acts without case content, verify


P = Permission

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(
        {
            P.SEE_CASES,
            P.REGISTER,
            P.TRIAGE,
            P.ASSIGN,
            P.HANDLE,
            P.HEAR,
            P.SEAL,
            P.CLOSE,
            P.OPEN_IDENTITY,
            P.LOOK_UP,
            P.SUPERVISE,
            P.KEEP_COMMITMENT,
            P.ANSWER_SENT,
            P.HAND_OVER,
            P.MANAGE_FORMS,
            P.REPORT_URGENT,
        }
    ),
    Role.LIAISON: frozenset({P.SEE_CASES, P.TAKE_IN, P.REPORT_BACK, P.CO_HANDLE, P.REPORT_URGENT}),
    Role.HANDLER: frozenset(
        {
            P.SEE_CASES,
            P.TAKE_IN,
            P.HANDLE,
            P.HEAR,
            P.OPEN_IDENTITY,
            P.KEEP_COMMITMENT,
            P.CO_HANDLE,
            P.REPORT_URGENT,
        }
    ),
    Role.UNIT_HEAD: frozenset(
        {
            P.SEE_CASES,
            P.TAKE_IN,
            P.APPROVE,
            P.EXTEND,
            P.REPORT_BACK,
            P.KEEP_COMMITMENT,
            P.CO_HANDLE,
            P.REPORT_URGENT,
        }
    ),
    Role.DEPUTY: frozenset({P.SEE_CASES, P.APPROVE_OPENING, P.REPORT_BACK, P.INSTRUCT, P.KEEP_COMMITMENT}),
    Role.CHIEF: frozenset(
        {P.SEE_CASES, P.APPROVE, P.EXTEND, P.APPROVE_OPENING, P.REPORT_BACK, P.INSTRUCT, P.KEEP_COMMITMENT}
        | {P.DECIDE_JURISDICTION}
    ),
    Role.UNION: frozenset({P.SEE_CASES, P.KEEP_COMMITMENT, P.AID}),
    Role.REVIEWER: frozenset({P.SEE_CASES, P.REVIEW, P.HEAR}),
    Role.INSPECTOR: frozenset({P.INSPECT, P.OPEN_IDENTITY}),
    Role.SYSTEM_ADMIN: frozenset({P.MANAGE_ACCOUNTS, P.MANAGE_UNITS, P.MANAGE_FORMS}),
    Role.SECURITY_ADMIN: frozenset({P.GRANT_POSTS}),
    Role.AUDIT_ADMIN: frozenset({P.AUDIT}),
}


def roles_with(permission: Permission) -> frozenset[str]:
    """Role codes that carry the permission."""
    return frozenset(role.value for role, codes in ROLE_PERMISSIONS.items() if permission in codes)


def may(staff: Staff, permission: Permission, unit_path: str) -> bool:
    """Whether a post held now carries the permission and answers for the unit with this path (`/1/7/`)."""
    return any(
        permission in ROLE_PERMISSIONS[Role(post.role)] and any(unit_path.startswith(path) for path in post.reach)
        for post in staff.posts
    )
