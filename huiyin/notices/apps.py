from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "huiyin.notices"
    verbose_name = "通知"
