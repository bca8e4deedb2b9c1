"""The employees' pages. The permission table in tests covers every line."""

from django.urls import path

from huiyin.portal import filing, home, receipt, verify

urlpatterns = [
    path("", home.home, name="home"),
    path("how/", home.how, name="how"),
    path("file/", filing.file, name="file"),
    path("receipt/pdf/", receipt.receipt_pdf, name="receipt_pdf"),
    path("receipt/proof/", receipt.receipt_proof, name="receipt_proof"),
    path("verify/", verify.verify, name="verify"),
]
