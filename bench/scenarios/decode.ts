import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { aiSdkAnthropic, aiSdkOpenAi } from '../clients/aiSdk.ts';
import { anthropicClient } from '../clients/anthropicClient.ts';
import type { DecodeClient } from '../clients/DecodeClient.ts';
import { eventsourceParser } from '../clients/eventsourceParser.ts';
import { floor } from '../clients/floor.ts';
import { openAiClient } from '../clients/openAiClient.ts';
import { rxllm, rxllmPlain } from '../clients/rxllm.ts';
import { interleave } from '../harness/interleave.ts';
import { median, spread } from '../harness/median.ts';
import { ratiosToBaseline } from '../harness/ratiosToBaseline.ts';
import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';
import { chatWire, cjkChatWire, hugeChatWire } from '../wires/chatWire.ts';
import { messagesWire } from '../wires/messagesWire.ts';
import { readsOf } from '../wires/readsOf.ts';
import type { Recording, Wire } from '../wires/Wire.ts';

/** How the network hands the bytes over: as the server wrote them, with a busy reader, and torn to pieces. */
const readings = [
  { name: 'event', cut: ({ events }) => events },
  { name: '16KiB', cut: ({ events }) => readsOf(events, 16 * 1024) },
  { name: '64B', cut: ({ events }) => readsOf(events, 64) },
] as const satisfies readonly { name: string; cut(recording: Recording): readonly Uint8Array[] }[];

type ReadingName = (typeof readings)[number]['name'];

/** One provider's stream and who reads it. */
export interface Contest {
  readonly wire: Wire;
  readonly clients: readonly DecodeClient[];
  /** The readings that are tried; all of them, if there is nothing here. */
  readonly only?: readonly ReadingName[];
}

const chatClients = (wire: Wire): readonly DecodeClient[] => [
  floor(wire),
  eventsourceParser(wire),
  rxllm(openAiChat),
  rxllmPlain(openAiChat),
  openAiClient,
];

const contests: readonly Contest[] = [
  {
    wire: chatWire,
    clients: [...chatClients(chatWire), aiSdkOpenAi],
  },
  {
    wire: messagesWire,
    clients: [
      floor(messagesWire),
      eventsourceParser(messagesWire),
      rxllm(anthropicMessages),
      rxllmPlain(anthropicMessages),
      anthropicClient,
      aiSdkAnthropic,
    ],
  },
  { wire: cjkChatWire, clients: chatClients(cjkChatWire) },
  // Torn to pieces of 64 bytes, most would take minutes: they look for its end from the start each time.
  { wire: hugeChatWire, clients: chatClients(hugeChatWire), only: ['event', '16KiB'] },
];

const contentChunks = 10_000;
const contentChunksOfSmoke = 50;

const checkText = (text: string, expected: string, where: string): void => {
  if (text === expected) return;
  let at = 0;
  while (at < text.length && text[at] === expected[at]) at += 1;
  const got = JSON.stringify(text.slice(at, at + 20));
  throw new Error(
    `${where} gives a wrong text: ${text.length} characters of ${expected.length}, ` +
      `at ${at} ${got} instead of ${JSON.stringify(expected.slice(at, at + 20))}`,
  );
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const measure = async (
  { wire, clients }: Contest,
  reading: (typeof readings)[number],
  { rounds, warmUpRounds, isSmoke, progress }: ScenarioOptions,
): Promise<readonly Row[]> => {
  const name = `${wire.name}/${reading.name}`;
  const recording = wire.record(isSmoke ? contentChunksOfSmoke : contentChunks);
  const reads = reading.cut(recording);
  const times = await interleave(
    clients.map((client) => ({ name: client.name, run: () => client.decode(reads) })),
    {
      rounds,
      warmUpRounds,
      check: (text, client) => {
        checkText(text, recording.text, `${name}: ${client}`);
      },
      onRound: (finished) => {
        progress.update(`decode ${name}: round ${finished + 1} of ${warmUpRounds + rounds}`);
      },
    },
  );
  const spreads = [...times].map(([client, values]) => `${client} ${percent(spread(values))}`);
  progress.note(`decode ${name}: done; half of the rounds lie within ± ${spreads.join(', ')}`);
  return rowsOf(name, recording, times);
};

const rowsOf = (name: string, { events }: Recording, times: ReadonlyMap<string, readonly number[]>): readonly Row[] => {
  const bytes = events.reduce((sum, event) => sum + event.length, 0);
  const ratios = ratiosToBaseline(times, 'floor');
  return [...times].flatMap(([client, values]) => [
    { case: name, client, metric: 'ratioToFloor', value: ratios.get(client) ?? NaN },
    { case: name, client, metric: 'microsPerEvent', value: (median(values) * 1000) / events.length },
    { case: name, client, metric: 'bytesPerEvent', value: bytes / events.length },
  ]);
};

/** Measures the given contests, case by case. Throws when a client's text is wrong. */
export const measureContests = async (given: readonly Contest[], options: ScenarioOptions): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const contest of given) {
    const tried = readings.filter(({ name }) => contest.only?.includes(name) ?? true);
    for (const reading of tried) rows.push(...(await measure(contest, reading, options)));
  }
  return rows;
};

const formatWire = (wire: string, rows: readonly Row[]): string => {
  const find = (reading: string, client: string, metric: string): number =>
    rows.find((row) => row.case === `${wire}/${reading}` && row.client === client && row.metric === metric)?.value ??
    NaN;
  const clients = [...new Set(rows.map(({ client }) => client))];
  const tried = readings.filter(({ name }) => rows.some((row) => row.case === `${wire}/${name}`));
  const bytesPerEvent = rows.find(({ metric }) => metric === 'bytesPerEvent')?.value ?? NaN;
  return table([
    [
      `${wire}, ${bytesPerEvent.toFixed(0)} bytes an event`,
      ...tried.flatMap(({ name }) => [`${name}: µs/event`, 'x floor']),
    ],
    ...clients.map((client) => [
      client,
      ...tried.flatMap(({ name }) => [
        find(name, client, 'microsPerEvent').toFixed(2),
        `${find(name, client, 'ratioToFloor').toFixed(2)}x`,
      ]),
    ]),
  ]);
};

export const decode: Scenario = {
  name: 'decode',
  description: 'bytes in memory to the final text: time per event, by the size of the reads',
  packages: ['rxjs', 'eventsource-parser', 'openai', '@anthropic-ai/sdk', 'ai', '@ai-sdk/openai', '@ai-sdk/anthropic'],
  run: (options) => measureContests(contests, options),
  format(rows) {
    const wires = [...new Set(rows.map((row) => row.case.slice(0, row.case.lastIndexOf('/'))))];
    return wires
      .map((wire) =>
        formatWire(
          wire,
          rows.filter((row) => row.case.startsWith(`${wire}/`)),
        ),
      )
      .join('\n\n');
  },
};
