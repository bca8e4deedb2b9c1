from django.apps import AppConfig
from django.utils.translation import gettext

from huiyin.kernel import errors


class UiConfig(AppConfig):
    name = "huiyin.ui"
    verbose_name = "界面"

    def ready(self) -> None:
        errors.say_with(gettext)
