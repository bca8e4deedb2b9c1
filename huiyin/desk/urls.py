"""The staff's pages. The permission table in tests covers every line."""

from django.urls import path, re_path, register_converter

from huiyin.desk import (
    accounts,
    aid,
    cases,
    dossier,
    follow_ups,
    help,
    helping,
    identity,
    intake,
    limits,
    lists,
    oversight,
    oversight_acts,
    papers,
    queue,
    recusal,
    scans,
    several,
    steps,
    tokens,
    units,
    urgent,
    views,
    ways,
    work,
)


class KindOfDemand:
    """supervision, instruction or advice in an address."""

    regex = "supervision|instruction|advice"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KindOfDemand, "demand")
app_name = "desk"
CASE = "cases/<str:reference>/"
ASKED = "oversight/<demand:kind>/<str:asked>/"

urlpatterns = [
    path("", work.work, name="work"),
    path("mail/again/", work.mail_again, name="mail_again"),
    path("help/", help.help_page, name="help"),
    path("notices/", work.notices, name="notices"),
    path("notices/read/", work.notices_read, name="notices_read"),
    path("new/", intake.register_new, name="register_new"),
    path("new/alike/", intake.alike, name="alike"),
    path("new/scans/<str:token>/<int:number>/", scans.picture, name="scan_picture"),
    path("new/<str:reference>/receipt/", intake.receipt_pdf, name="receipt_pdf"),
    path("queue/", queue.day, name="queue"),
    path("queue/next/", queue.call, name="queue_call"),
    path("queue/<int:ticket_id>/", queue.move, name="queue_move"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("settings/", accounts.accounts, name="accounts"),
    path("settings/accounts/new/", accounts.account_new, name="account_new"),
    path("settings/accounts/<int:account_id>/", accounts.account, name="account"),
    path("settings/accounts/<int:account_id>/reset/", accounts.account_reset, name="account_reset"),
    path("settings/accounts/<int:account_id>/switch/", accounts.account_switch, name="account_switch"),
    path("settings/accounts/<int:account_id>/posts/", accounts.post_new, name="post_new"),
    path("settings/accounts/<int:account_id>/posts/<int:post_id>/end/", accounts.post_end, name="post_end"),
    path("settings/units/", units.units, name="units"),
    path("settings/units/<int:unit_id>/", units.unit, name="unit"),
    path("settings/units/<int:unit_id>/new/", units.unit_new, name="unit_new"),
    path("settings/units/<int:unit_id>/change/", units.unit_change, name="unit_change"),
    path("settings/units/<int:unit_id>/close/", units.unit_close, name="unit_close"),
    path("settings/calendar/", limits.calendar, name="calendar"),
    path("settings/papers/", papers.forms_list, name="paper_forms"),
    path("settings/papers/<str:form_kind>/", papers.paper_form, name="paper_form"),
    path(
        "settings/papers/<str:form_kind>/versions/<int:number>/", papers.paper_form_version, name="paper_form_version"
    ),
    path("urgent/", urgent.urgents, name="urgents"),
    path("urgent/new/", urgent.urgent_new, name="urgent_new"),
    path("urgent/<str:urgent_ref>/", urgent.urgent_page, name="urgent"),
    path("urgent/<str:urgent_ref>/more/", urgent.urgent_follow, name="urgent_follow"),
    path("urgent/<str:urgent_ref>/read/", urgent.urgent_read, name="urgent_read"),
    path("urgent/<str:urgent_ref>/papers/<str:paper_reference>/", urgent.urgent_paper, name="urgent_paper"),
    path("reports/", identity.reports, name="reports"),
    path("oversight/proposals/", oversight.proposals, name="proposals"),
    path("oversight/area/", oversight.area, name="area"),
    path("oversight/advice/new/", oversight_acts.advise, name="advise"),
    path("oversight/<demand:kind>/", oversight.oversight, name="oversight"),
    path(ASKED, oversight.asked, name="asked"),
    path(ASKED + "papers/<str:paper_reference>/", oversight.asked_paper, name="asked_paper"),
    path(ASKED + "files/<str:file_reference>/", oversight.asked_file, name="asked_file"),
    path(ASKED + "<str:act>/", oversight_acts.asked_act, name="asked_act"),
    path("cases/", lists.cases, name="cases"),
    path("cases/columns/", views.columns_save, name="columns_save"),
    path("cases/views/", views.view_save, name="view_save"),
    path("cases/views/<int:view_id>/", views.view_change, name="view_change"),
    path("cases/several/", several.several, name="several"),
    path(CASE, cases.case, name="case"),
    path(CASE + "limits/<int:limit_no>/", cases.explain, name="explain"),
    path(CASE + "limits/<int:limit_no>/settle/", limits.settle, name="settle"),
    path(CASE + "papers/<str:paper_reference>/", cases.paper, name="paper"),
    path(CASE + "files/<str:file_reference>/", cases.file, name="file"),
    path(CASE + "draft.pdf", cases.draft_preview, name="draft_preview"),
    path(CASE + "aid/<int:aid_id>/", aid.aid, name="aid"),
    path(CASE + "helping/<int:helping_id>/", helping.helping, name="helping"),
    path(CASE + "extensions/<int:extension_id>/", steps.extension, name="extension"),
    path(CASE + "follow_ups/<int:row_id>/", follow_ups.follow_up, name="follow_up"),
    path(CASE + "call_backs/<int:row_id>/", follow_ups.call_back, name="call_back"),
    path(CASE + "recusals/<int:recusal_no>/", recusal.decide, name="recusal"),
    path(CASE + "openings/<int:opening_id>/", identity.opening, name="opening"),
    path(CASE + "advise/", ways.advise, name="advise"),
    path(CASE + "read_report/", steps.read_report, name="read_report"),
    re_path(
        r"^cases/(?P<reference>[^/]+)/(?P<step>open_identity|look_up|renew_code)/$", identity.reveal, name="reveal"
    ),
    path(CASE + "oversight/", oversight.of_case, name="case_oversight"),
    path(CASE + "supervise/", oversight_acts.supervise, name="supervise"),
    path(CASE + "instruct/", oversight_acts.instruct, name="instruct"),
    re_path(r"^cases/(?P<reference>[^/]+)/(?P<step>take_file|take_report_file)/$", dossier.take_file, name="take_file"),
    path(CASE + "<str:step>/", steps.step, name="step"),
]
