import type { ChaosServer } from './ChaosServer.ts';
import type { Trouble } from './Facts.ts';
import type { Fleet } from './Fleet.ts';
import type { History } from './History.ts';
import type { FaultPlan, TimedFault } from './RoundPlan.ts';

export interface FaultStage {
  readonly fleet: Fleet;
  readonly history: History;
  /** The servers that write answers at this time. */
  readonly producing: () => readonly string[];
  /** How long the file of Redis was when the round began, in bytes. */
  readonly logBytesAtStart: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const victim = ({ fleet, producing }: FaultStage, { kind, which }: FaultPlan): ChaosServer | undefined => {
  const isProducer = kind !== 'kill-consumer';
  const all = fleet.servers.filter(({ isUp, name }) => isUp && producing().includes(name) === isProducer);
  return all[Math.floor(which * all.length)];
};

const killServer = async (stage: FaultStage, fault: FaultPlan): Promise<string | undefined> => {
  const server = victim(stage, fault);
  if (!server) return undefined;
  await server.kill();
  await pause(fault.forMs);
  await server.start();
  return server.name;
};

const freezeServer = async (stage: FaultStage, fault: FaultPlan): Promise<string | undefined> => {
  const server = victim(stage, fault);
  if (!server) return undefined;
  server.freeze();
  await pause(fault.forMs);
  server.thaw();
  return server.name;
};

/** Each gives whom it happened to; nothing where there was nobody. */
const ways: Readonly<Record<TimedFault, (stage: FaultStage, fault: FaultPlan) => Promise<string | undefined>>> = {
  'kill-producer': killServer,
  'kill-consumer': killServer,
  'freeze-producer': freezeServer,
  async 'kill-redis'({ fleet }, { forMs }) {
    await fleet.restartRedis(forMs);
    return 'redis';
  },
  async 'lose-records'({ fleet, history, logBytesAtStart }, { forMs, which }) {
    const bytes = Math.round((fleet.admin.logBytes - logBytesAtStart) * which ** 2);
    history.note(
      'FAULT',
      `the last ${bytes} bytes of ${fleet.admin.logBytes - logBytesAtStart} of this round are lost`,
    );
    await fleet.restartRedis(forMs, fleet.admin.logBytes - bytes);
    return 'redis';
  },
  async 'kill-connections'({ fleet }) {
    await fleet.admin.killConnections();
    return 'redis';
  },
  async 'pause-redis'({ fleet }, { forMs }) {
    await fleet.admin.pause(forMs);
    await pause(forMs);
    return 'redis';
  },
};

/** Does what is planned, at its time; tells what trouble it made. */
export const doFault = async (stage: FaultStage, fault: FaultPlan): Promise<Trouble | undefined> => {
  await pause(fault.atMs);
  const { history } = stage;
  const fromMs = history.nowMs;
  history.note('FAULT', `${fault.kind} begins`);
  const who = await ways[fault.kind](stage, fault);
  history.note('FAULT', `${fault.kind} ${who === undefined ? 'finds nobody' : `of ${who} is over`}`);
  return who === undefined ? undefined : { who, kind: fault.kind, fromMs, untilMs: history.nowMs };
};
