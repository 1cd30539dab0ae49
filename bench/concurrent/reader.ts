/** One client of the scenario `concurrent` in a process of its own, with all its streams. */
import { setTimeout as sleep } from 'node:timers/promises';

import { clients } from './clients/index.ts';
import type { Sink } from './ConcurrentClient.ts';
import { type FromReader, nowUs, sentAtUs, type ToReader } from './messages.ts';

const [name = '', port] = process.argv.slice(2);
const baseUrl = `http://127.0.0.1:${port}/v1`;

const say = (message: FromReader): void => {
  process.send?.(message);
};

/** Every tenth stream is looked into for the latency, so that looking costs little; a drain's would be all that it costs. */
const streamsPerSample = 10;
/** No more connections are begun at a time, or the system drops some and they wait a second. */
const connectsPerTurn = 100;

let tokens = 0;
let bytes = 0;
let latenciesMs: number[] = [];
let cpu = process.cpuUsage();

const note = (text: string): void => {
  const sentUs = sentAtUs(text);
  if (sentUs !== undefined) latenciesMs.push((nowUs() - sentUs) / 1e3);
};

const sinkOf = (stream: number): Sink => {
  const isSampled = stream % streamsPerSample === 0;
  return {
    text(piece) {
      if (piece !== '') tokens += 1;
      if (isSampled) note(piece);
    },
    bytes(slice) {
      bytes += slice.byteLength;
      if (isSampled) note(Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString('latin1'));
    },
  };
};

const client = await (clients[name] ?? clients['rxllm'])?.();
if (client?.name !== name) throw new Error(`there is no client "${name}"`);

const read = async (streams: number): Promise<void> => {
  [tokens, bytes] = [0, 0];
  const all: Promise<void>[] = [];
  for (let stream = 0; stream < streams; stream += 1) {
    all.push(client.read(baseUrl, sinkOf(stream)));
    if (stream % connectsPerTurn === connectsPerTurn - 1) await sleep(10);
  }
  await Promise.all(all);
  say({ type: 'ended', tokens, bytes });
};

const heapBytes = async (): Promise<number> => {
  // What has ended is let go in more than one turn.
  for (let turn = 0; turn < 3; turn += 1) {
    await sleep(20);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

process.on('message', (message: ToReader) => {
  if (message.type === 'read') void read(message.streams);
  else if (message.type === 'heap') void heapBytes().then((heap) => say({ type: 'heap', bytes: heap }));
  else if (message.type === 'begin') {
    latenciesMs = [];
    cpu = process.cpuUsage();
  } else {
    const { user, system } = process.cpuUsage(cpu);
    say({ type: 'measured', cpuUs: user + system, latenciesMs });
  }
});
// The benchmark is over, or was interrupted.
process.on('disconnect', () => process.exit());
say({ type: 'ready' });
