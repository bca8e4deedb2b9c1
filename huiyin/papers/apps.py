from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "huiyin.papers"
    verbose_name = "文书"
