from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huiyin.cases"
    verbose_name = "信访事项"

    def ready(self) -> None:
        from huiyin.cases import record

        record.declare()
