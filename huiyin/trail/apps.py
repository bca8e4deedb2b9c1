from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "huiyin.trail"
    verbose_name = "记录"
