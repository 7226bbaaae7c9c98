/**
 * The real world of the route contract: HAProxy in a lab, in front of three servers that say their name and then wait.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HaproxyRoute } from '../../src/actuator/haproxy-route.ts';
import { type Grants, grantsOf } from '../../src/core/grants.ts';
import { askHaproxy, parseServersState } from '../../src/probe/haproxy-socket.ts';
import { Lab } from '../bed/lab.ts';
import type { LabProcess } from '../bed/lab-process.ts';
import { ROUTE_GRANTS, type RouteSession, type RouteWorld } from './route-world.ts';

const FRONT_PORT = 4000;
const FIRST_PORT = 4001;
const SERVERS = ['n1', 'n2', 'n3', 'b1', 'b2'];
const CONFIGURATION = `
global
    stats socket /run/haproxy.sock level admin
defaults
    mode tcp
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout check 2s
    default-server check inter 200ms fall 2 rise 1
listen database
    bind 127.0.0.1:${FRONT_PORT}
    server n1 127.0.0.1:4001
    server n2 127.0.0.1:4002 disabled
    server n3 127.0.0.1:4003 disabled
    server b1 127.0.0.1:4004 disabled backup
    server b2 127.0.0.1:4005 disabled backup
`;

export class HaproxyWorld implements RouteWorld {
  readonly socketPath: string;
  readonly #lab: Lab;
  readonly #front: { readonly port: number };
  readonly #servers: ReadonlyMap<string, LabProcess>;
  #process: LabProcess;

  private constructor(lab: Lab, front: { readonly port: number }, started: Started) {
    this.#lab = lab;
    this.#front = front;
    this.#process = started.process;
    this.#servers = started.servers;
    this.socketPath = lab.pathOf('/run/haproxy.sock');
  }

  static async start(): Promise<HaproxyWorld> {
    const lab = await Lab.start();
    await writeFile(join(lab.directory, 'haproxy.cfg'), CONFIGURATION);
    const servers = new Map<string, LabProcess>();
    for (const [index, name] of SERVERS.entries()) {
      const say = `SYSTEM:echo ${name}; exec cat`;
      const listen = `TCP-LISTEN:${FIRST_PORT + index},fork,reuseaddr,bind=127.0.0.1`;
      servers.set(name, await lab.spawn(['/usr/bin/socat', listen, say]));
    }
    const process = await launch(lab);
    const world = new HaproxyWorld(lab, await lab.forward(FRONT_PORT), { process, servers });
    await world.#untilServed();
    return world;
  }

  /** A server that has been started does not listen yet, and neither does the way to the proxy. */
  async #untilServed(): Promise<void> {
    for (let attempt = 0; attempt < 1_500; attempt++) {
      const listening = await this.#lab.run(['ss', '--listening', '--tcp', '--numeric', '--no-header']);
      const areAllThere = SERVERS.every((_, index) => listening.includes(`127.0.0.1:${FIRST_PORT + index} `));
      if (areAllThere) {
        const session = await this.connect();
        session.close();
        if (session.server === 'n1') return;
      }
      await sleep(20);
    }
    throw new Error('the first server is not reached');
  }

  actuator(grants: Grants = ROUTE_GRANTS): HaproxyRoute {
    // The grants name the path that a node has; the lab's is another.
    const here = grantsOf({
      files: [],
      units: [],
      addresses: [],
      haproxy: { socket: this.socketPath, backends: ['database', 'absent'].filter((name) => grants.maySwitch(name)) },
    });
    return new HaproxyRoute({ socketPath: this.socketPath, grants: here });
  }

  async ready(): Promise<readonly string[]> {
    const states = parseServersState(await askHaproxy(this.socketPath, 'show servers state database')) ?? [];
    return states
      .filter(({ isReady }) => isReady)
      .map(({ name }) => name)
      .sort();
  }

  async connect(): Promise<RouteSession> {
    const socket = connect(this.#front.port, '127.0.0.1');
    let isOpen = true;
    socket.on('error', () => {});
    socket.on('close', () => {
      isOpen = false;
    });
    socket.on('end', () => {
      isOpen = false;
    });
    const first = await Promise.race([once(socket, 'data'), once(socket, 'end'), once(socket, 'close')]);
    const said = String(first[0] ?? '').trim();
    return { server: SERVERS.includes(said) ? said : undefined, isOpen: () => isOpen, close: () => socket.destroy() };
  }

  async restart(): Promise<void> {
    await this.#process.kill('SIGTERM');
    this.#process = await launch(this.#lab);
  }

  async lose(server: string): Promise<void> {
    await this.#servers.get(server)?.kill('SIGKILL');
  }

  async kill(): Promise<void> {
    await this.#process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#lab.stop();
  }
}

interface Started {
  readonly process: LabProcess;
  readonly servers: ReadonlyMap<string, LabProcess>;
}

async function launch(lab: Lab): Promise<LabProcess> {
  const process = await lab.spawn(['/usr/sbin/haproxy', '-db', '-f', '/lab/haproxy.cfg']);
  for (let attempt = 0; attempt < 1_500; attempt++) {
    if (!process.isRunning) throw new Error(`haproxy ended: ${process.output}`);
    const answer = await askHaproxy(lab.pathOf('/run/haproxy.sock'), 'show info').catch(() => '');
    if (answer.includes('Pid')) return process;
    await sleep(20);
  }
  throw new Error('haproxy does not answer');
}
