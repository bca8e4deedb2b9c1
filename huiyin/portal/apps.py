from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huiyin.portal"
    verbose_name = "职工端"
