"""合并联系: how several tasks of one patient become one contact, as one statement (docs/notes/programmes.md, 5)."""

from typing import Final

# Whose tasks may have to be grouped, or groups of whom may have to be undone: few, even after a run over everybody.
FIND_PATIENTS: Final = """
SELECT t.patient_id
  FROM worklist_task t
 WHERE t.patient_id IN ({patients}) AND t.state IN ('planned', 'in_progress', 'paused', 'cancelled')
 GROUP BY t.patient_id
HAVING bool_or(t.lead_id IS NOT NULL)
    OR count(DISTINCT t.programme_id) FILTER (
         WHERE t.state = 'planned' AND t.kind = 'follow_up' AND t.questionnaire_version_id IS NOT NULL) > 1
 ORDER BY t.patient_id
"""
OF_PATIENTS: Final = "SELECT unnest(%s::bigint[])"
OF_ENROLMENTS_FROM: Final = "SELECT patient_id FROM programmes_enrolment WHERE id >= %s"

# In the order in which a contact locks its tasks, so that neither waits for the other in a circle.
LOCK: Final = """
SELECT count(*) FROM (
  SELECT id FROM worklist_task WHERE patient_id = ANY(%s::bigint[]) AND state IN ('planned', 'in_progress')
   ORDER BY id FOR UPDATE) locked
"""

# mine:   planned follow-ups with a form at their own places, in the order in which they may lead
# pair:   who may join whom; a programme never joins itself
# lead:   each possible lead with its candidates, the nearest due day first
# walk:   patient by patient, lead by lead: who is already taken neither leads nor joins; one task of a programme each
# orphan: members that were begun under a lead that has since been cancelled: they go on under the first of them
REGROUP: Final = """
WITH RECURSIVE mine AS (
  SELECT t.id, t.patient_id, t.programme_id, t.due_on, t.window_start, t.window_end, v.merge, g.kind,
         COALESCE(t.own_ward_id, t.ward_id) AS ward_id,
         row_number() OVER (PARTITION BY t.patient_id ORDER BY
           CASE g.kind WHEN 'specialty' THEN 0 WHEN 'chronic' THEN 1 WHEN 'checkup' THEN 2 ELSE 3 END,
           t.due_on, t.id) AS n
    FROM worklist_task t
    JOIN programmes_enrolment e ON e.id = t.enrolment_id
    JOIN programmes_programmeversion v ON v.id = e.version_id
    JOIN programmes_programme g ON g.id = t.programme_id
   WHERE t.patient_id = ANY(%(patients)s::bigint[]) AND t.state = 'planned' AND t.kind = 'follow_up'
     AND t.questionnaire_version_id IS NOT NULL AND NOT t.detached
     AND (v.merge <> 'none' OR g.kind IN ('specialty', 'chronic'))),
pair AS (
  SELECT l.patient_id, l.id AS lead_id, l.n AS lead_n, m.id, m.programme_id, m.n, abs(m.due_on - l.due_on) AS apart
    FROM mine l
    JOIN mine m ON m.patient_id = l.patient_id AND m.n > l.n AND m.programme_id <> l.programme_id
     AND m.window_start <= l.window_end AND l.window_start <= m.window_end
     AND abs(m.due_on - l.due_on) <= %(days_apart)s
     AND (m.ward_id = l.ward_id AND m.merge <> 'none' AND l.merge <> 'none'
          OR m.kind = 'routine' AND m.merge = 'any_owner' AND l.kind IN ('specialty', 'chronic'))),
lead AS (
  SELECT patient_id, lead_id, row_number() OVER (PARTITION BY patient_id ORDER BY lead_n) AS step,
         array_agg(id ORDER BY apart, n) AS ids, array_agg(programme_id ORDER BY apart, n) AS programmes
    FROM pair GROUP BY patient_id, lead_id, lead_n),
walk AS (
  SELECT patient_id, 0::bigint AS step, NULL::bigint AS lead_id, '{}'::bigint[] AS chosen, '{}'::bigint[] AS taken
    FROM lead WHERE step = 1
   UNION ALL
  SELECT l.patient_id, l.step, l.lead_id, c.chosen, w.taken || c.chosen
    FROM walk w
    JOIN lead l ON l.patient_id = w.patient_id AND l.step = w.step + 1
   CROSS JOIN LATERAL (SELECT ARRAY(
         SELECT DISTINCT ON (o.programme_id) o.id
           FROM unnest(l.ids, l.programmes) WITH ORDINALITY AS o (id, programme_id, k)
          WHERE l.lead_id <> ALL(w.taken) AND o.id <> ALL(w.taken)
          ORDER BY o.programme_id, o.k)) AS c (chosen)),
orphan AS (
  SELECT t.id, t.lead_id AS old_lead,
         first_value(t.id) OVER (PARTITION BY t.lead_id ORDER BY
           CASE g.kind WHEN 'specialty' THEN 0 WHEN 'chronic' THEN 1 WHEN 'checkup' THEN 2 ELSE 3 END,
           t.due_on, t.id) AS new_lead
    FROM worklist_task t
    JOIN worklist_task l ON l.id = t.lead_id AND l.state IN ('cancelled', 'paused')
    JOIN programmes_programme g ON g.id = t.programme_id
   WHERE t.patient_id = ANY(%(patients)s::bigint[]) AND t.state = 'in_progress'),
want AS (
  SELECT t.id, m.lead_id
    FROM worklist_task t
    LEFT JOIN (SELECT w.lead_id, unnest(w.chosen) AS id FROM walk w) m ON m.id = t.id
   WHERE t.patient_id = ANY(%(patients)s::bigint[]) AND t.state = 'planned'
   UNION ALL
  SELECT id, NULLIF(new_lead, id) FROM orphan
   UNION ALL
  SELECT id, NULL FROM worklist_task
   WHERE patient_id = ANY(%(patients)s::bigint[]) AND state IN ('paused', 'cancelled') AND lead_id IS NOT NULL),
place AS (
  SELECT t.id, t.own_ward_id IS NOT NULL AS moved,
         COALESCE(t.own_institution_id, t.institution_id) AS institution_id,
         COALESCE(t.own_department_id, t.department_id) AS department_id,
         COALESCE(t.own_ward_id, t.ward_id) AS ward_id,
         CASE WHEN t.own_ward_id IS NULL THEN t.assignee_id ELSE t.own_assignee_id END AS assignee_id,
         CASE WHEN t.own_ward_id IS NULL THEN t.channel ELSE t.own_channel END AS channel
    FROM worklist_task t JOIN want ON want.id = t.id),
attempt AS (
  UPDATE worklist_taskattempt a SET task_id = o.new_lead FROM orphan o
   WHERE a.task_id = o.old_lead AND o.id = o.new_lead),
recording AS (
  UPDATE worklist_taskrecording a SET task_id = o.new_lead FROM orphan o
   WHERE a.task_id = o.old_lead AND o.id = o.new_lead)
UPDATE worklist_task t
   SET lead_id = w.lead_id,
       institution_id = at.institution_id, department_id = at.department_id, ward_id = at.ward_id,
       assignee_id = at.assignee_id, channel = at.channel,
       own_institution_id = CASE WHEN w.lead_id IS NOT NULL THEN own.institution_id END,
       own_department_id = CASE WHEN w.lead_id IS NOT NULL THEN own.department_id END,
       own_ward_id = CASE WHEN w.lead_id IS NOT NULL THEN own.ward_id END,
       own_assignee_id = CASE WHEN w.lead_id IS NOT NULL THEN own.assignee_id END,
       own_channel = CASE WHEN w.lead_id IS NOT NULL THEN own.channel ELSE '' END
  FROM want w
  JOIN place own ON own.id = w.id
  JOIN place at ON at.id = COALESCE(w.lead_id, w.id)
 WHERE t.id = w.id
   AND (t.lead_id, t.institution_id, t.department_id, t.ward_id, t.assignee_id, t.channel)
       IS DISTINCT FROM
       (w.lead_id, at.institution_id, at.department_id, at.ward_id, at.assignee_id, at.channel)
"""
