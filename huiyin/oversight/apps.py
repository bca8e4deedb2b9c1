from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "huiyin.oversight"
    verbose_name = "督导"

    def ready(self) -> None:
        from huiyin.oversight import record, urgent_record

        record.declare()
        urgent_record.declare()
