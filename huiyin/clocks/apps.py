from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "huiyin.clocks"
    verbose_name = "时限"
