/** A courtesy that hides buttons; the server decides. */
export function can(functions: readonly string[] | null | undefined, ...anyOf: string[]): boolean {
  return anyOf.length === 0 || anyOf.some((code) => functions?.includes(code) ?? false)
}

/** The catalogue of platform/access/functions.py. */
export const FUNCTIONS = {
  taskView: 'worklist.task.view',
  taskWork: 'worklist.task.work',
  escalationHandle: 'worklist.escalation.handle',
  recordingPlay: 'worklist.recording.play',
  patientView: 'records.patient.view',
  patientUnmask: 'records.patient.unmask',
  routingView: 'routing.queue.view',
  routingResolve: 'routing.queue.resolve',
  reviewView: 'review.draw.view',
  reviewDraw: 'review.draw.create',
  reviewScore: 'review.item.score',
  intakeView: 'intake.message.view',
  quarantineView: 'intake.quarantine.view',
  quarantineReplay: 'intake.quarantine.replay',
  organizationView: 'organization.tree.view',
  programmesView: 'programmes.programme.view',
  screeningView: 'screening.run.view',
  screeningRun: 'screening.run.start',
  countyView: 'supervision.county.view',
  tenantView: 'registry.tenant.view',
} as const
