/**
 * Where an agent tells how it is: HTTP for Prometheus and regentctl, notifications for systemd. Neither may keep it from
 * its work.
 */
import { runCommand } from '../../actuator/command.ts';
import { HttpServer } from '../http.ts';
import { Systemd } from '../sd-notify.ts';
import type { Agent } from './agent.ts';

/** Opens both and tells systemd that the agent works. */
export async function openOutlets(agent: Agent): Promise<void> {
  const { config, logger } = agent.parts;
  const http = new HttpServer({
    ...config.http,
    metrics: agent.metrics,
    healthComplaints: () => agent.healthComplaints(),
    readinessComplaints: () => agent.readinessComplaints(),
    status: async () => agent.status(),
  });
  agent.shutdown.add('http', () => http.stop());
  await http.start().catch((error: unknown) => logger.error({ err: error }, 'no HTTP; everything else works'));
  const systemd = new Systemd({
    run: (argv) => runCommand(argv),
    timers: agent.timers,
    environment: process.env,
    isAlive: () => agent.healthComplaints().length === 0,
    onProblem: (detail) => logger.warn({ detail }, 'systemd was not told'),
  });
  agent.shutdown.add('systemd', () => systemd.stopping());
  await systemd.ready(`roles ${config.roles.join(', ') || 'none'}`);
}
