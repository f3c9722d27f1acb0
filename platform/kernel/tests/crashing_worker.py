"""A worker process that stops in the middle of a job: `python -m kernel.tests.crashing_worker <schema> <database>`."""

import sys
import time
from typing import Any

import django


def main(schema: str, database: str) -> None:
    django.setup()
    from django.conf import settings

    for alias in ("default", "owner"):
        settings.DATABASES[alias]["NAME"] = database

    from kernel import jobs
    from kernel.models import OutboxEvent
    from kernel.tenancy import bind_schema

    def stop_in_the_middle(**args: Any) -> None:
        from kernel import clock

        OutboxEvent.objects.create(type="test.effect", payload=args, occurred_at=clock.now())
        sys.stdout.write("in the middle\n")
        sys.stdout.flush()
        time.sleep(60)

    jobs.register("test.crash", stop_in_the_middle)
    with bind_schema(schema):
        jobs.run_turn()


if __name__ == "__main__":
    main(*sys.argv[1:])
