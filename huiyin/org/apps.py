from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "huiyin.org"
    verbose_name = "组织"

    def ready(self) -> None:
        from huiyin.org import record, tokens

        record.declare()
        tokens.declare()
