from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "huiyin.org"
    verbose_name = "组织"
