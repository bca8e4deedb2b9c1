from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "huiyin.ops"
    verbose_name = "运维"
