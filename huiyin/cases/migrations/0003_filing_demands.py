"""A filing keeps its requests as filed. Of earlier ones: those whose content hash shows that nobody rewrote them since."""

import hashlib
import json
from typing import Any

from django.db import migrations, models


def keep(apps: Any, schema_editor: Any) -> None:
    filing_model, demand_model = apps.get_model("cases", "Filing"), apps.get_model("cases", "Demand")
    last = 0
    while rows := list(filing_model.objects.filter(pk__gt=last, sealed=None).order_by("pk")[:500]):
        last = rows[-1].pk
        found: dict[int, list[str]] = {}
        demands = demand_model.objects.filter(case__in=[row.case_id for row in rows], sealed=None)
        for case, text in demands.order_by("case", "no").values_list("case", "text"):
            found.setdefault(case, []).append(text)
        same = []
        for row in rows:
            row.demands = found.get(row.case_id, [])
            content = json.dumps([row.text, *row.demands], ensure_ascii=False).encode()
            if hashlib.sha256(content).hexdigest() == row.content_hash:
                same.append(row)
        filing_model.objects.bulk_update(same, ["demands"], batch_size=200)


def leave(apps: Any, schema_editor: Any) -> None:
    """Nothing to take back: the columns go."""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_search_index")]
    operations = [
        migrations.AddField(model_name="filing", name="demands", field=models.JSONField(default=list, null=True)),
        migrations.AddField(model_name="filing", name="sealed_demands", field=models.BinaryField(null=True)),
        migrations.RunPython(keep, leave),
    ]
