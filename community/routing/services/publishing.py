"""The same event for many: one insert for all events and their deliveries."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection

from kernel import clock
from kernel.events import publish, subscriptions

# As kernel.events.publish and kernel.jobs.enqueue write one: the key is what makes a delivery happen once.
_MANY = """
WITH written AS (
    INSERT INTO kernel_outboxevent (type, payload, occurred_at)
    SELECT %(type)s, payload, %(now)s FROM jsonb_array_elements(%(payloads)s::jsonb) AS payload
    RETURNING id, payload)
INSERT INTO kernel_job (name, key, args, state, run_at, created_at, attempts, max_attempts, last_error)
SELECT handler, 'event:' || w.id || ':' || handler, w.payload, 'queued', %(now)s, %(now)s, 0, 8, ''
  FROM written w CROSS JOIN unnest(%(handlers)s::text[]) AS handler
ON CONFLICT (key) DO NOTHING
"""


def publish_each(event_type: str, payloads: Sequence[dict[str, Any]]) -> None:
    """kernel.events.publish for each payload. The first goes the usual way, which wakes a worker for all of them."""
    if not payloads:
        return
    publish(event_type, **payloads[0])
    if len(payloads) == 1:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MANY,
            {
                "type": event_type,
                "now": clock.now(),
                "payloads": orjson.dumps(payloads[1:]).decode(),
                "handlers": list(subscriptions().get(event_type, ())),
            },
        )
