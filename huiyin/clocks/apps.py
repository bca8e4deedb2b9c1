from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "huiyin.clocks"
    verbose_name = "时限"

    def ready(self) -> None:
        """A damaged policy or calendar stops the start here, and the clocks say how their rows read."""
        from huiyin.clocks import calendars, policy, running
        from huiyin.trail import projections

        policy.current()
        calendars.current()
        projections.declare("clocks", columns=running.rows)
