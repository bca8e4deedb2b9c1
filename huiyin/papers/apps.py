from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "huiyin.papers"
    verbose_name = "文书"

    def ready(self) -> None:
        from huiyin.papers import files, record

        files.declare_checks()
        record.declare()
