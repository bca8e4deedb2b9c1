"""The employees' pages. The permission table in tests covers every line."""

from django.urls import path

from huiyin.portal import (
    filing,
    home,
    own_acts,
    progress,
    protection,
    receipt,
    review,
    routes,
    sign_on,
    track,
    verify,
)

OWN = "progress/<str:reference>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("how/", home.how, name="how"),
    path("routes/", routes.ways, name="routes"),
    path("file/", filing.file, name="file"),
    path("receipt/pdf/", receipt.receipt_pdf, name="receipt_pdf"),
    path("receipt/proof/", receipt.receipt_proof, name="receipt_proof"),
    path("verify/", verify.verify, name="verify"),
    path("track/", track.track, name="track"),
    path("leave/", track.leave, name="leave"),
    path("mine/", progress.mine, name="mine"),
    path(OWN, progress.progress, name="progress"),
    path(OWN + "papers/<str:paper_reference>/", progress.paper, name="paper"),
    path(OWN + "limits/<int:limit_no>/", progress.limit, name="limit"),
    path(OWN + "add/", own_acts.add, name="add"),
    path(OWN + "answer/<int:question_no>/", own_acts.answer, name="answer"),
    path(OWN + "confirm/", own_acts.confirm, name="confirm"),
    path(OWN + "rate/", own_acts.rate, name="rate"),
    path(OWN + "aid/", own_acts.wish_aid, name="wish_aid"),
    path(OWN + "contact/", own_acts.contact, name="contact"),
    path(OWN + "review/", review.ask_review, name="ask_review"),
    path(OWN + "withdraw/", own_acts.withdraw, name="withdraw"),
    path(OWN + "recusal/", protection.ask_recusal, name="ask_recusal"),
    path(OWN + "retaliation/", protection.report_retaliation, name="report_retaliation"),
    path("sign-in/", sign_on.sign_in, name="sign_in"),
    path("sign-out/", sign_on.sign_out, name="sign_out"),
    path("password/", sign_on.password, name="password"),
]
