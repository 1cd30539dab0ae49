import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { bytesRecorded } from './recordedBytes.ts';
import { type RecordedEvent, type RecordedLine, type Recording, recordingHeader } from './Recording.ts';

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): boolean => typeof value === 'string';
const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0 && Number.isFinite(value);
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** What a `Response` can be made with; 0 stands for a redirect that a browser hid. */
const isStatus = (value: unknown): boolean =>
  value === 0 || (Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599);

const isBase64 = (value: unknown): boolean => {
  try {
    atob(value as string);
    return isText(value);
  } catch {
    return false;
  }
};

/** What is wrong with a line, if something is. People edit recordings, and want to be told. */
const flawOf = (line: Fields): string | undefined => {
  const { type, id, afterMs, headers, how } = line;
  if (!Number.isInteger(id)) return 'needs an id, a whole number';
  if (type === 'request') {
    return isText(line['method']) && isText(line['url']) ? undefined : 'needs a method and a url';
  }
  if (!isTime(afterMs)) return 'needs an afterMs of 0 or more milliseconds';
  switch (type) {
    case 'head':
      if (!isStatus(line['status'])) return 'needs a status from 200 to 599';
      return isObject(headers) && Object.values(headers).every(isText) ? undefined : 'needs headers that are text';
    case 'bytes':
      return isText(line['text']) || isBase64(line['base64']) ? undefined : 'needs a text, or base64';
    case 'end':
      if (how === 'failed')
        return isText(line['name']) && isText(line['message']) ? undefined : 'needs name and message';
      return how === 'complete' || how === 'left' ? undefined : "needs a how: 'complete', 'failed' or 'left'";
    default:
      return `has the unknown type '${String(type)}'`;
  }
};

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const eventOf = (line: Exclude<RecordedLine, { type: 'request' }>): RecordedEvent => {
  const { afterMs } = line;
  switch (line.type) {
    case 'head':
      return { afterMs, head: { status: line.status, headers: line.headers } };
    case 'bytes':
      return { afterMs, bytes: bytesRecorded(line) };
    case 'end':
      return { afterMs, end: line };
  }
};

/** What comes when, in an exchange: a head, bytes, an end. Only what fails or is left may have no head. */
const isInOrder = (before: RecordedEvent | undefined, event: RecordedEvent): boolean => {
  if (before !== undefined) return !('end' in before) && !('head' in event);
  return 'head' in event || ('end' in event && event.end.how !== 'complete');
};

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly events: RecordedEvent[];
}

/** Exchanges by the lines that make them up; throws the flaw of a line that does not fit. */
class RecordingReader {
  readonly exchanges: Exchange[] = [];
  #byId: Map<number, Exchange> | undefined;

  /** The flaw of a line that does not fit, if it does not. */
  read(line: Fields): string | undefined {
    if (line['rxllm'] === recordingHeader.rxllm) {
      // One recording after another makes a recording, too; each counts its requests from 1.
      this.#byId = new Map();
      return line['version'] === recordingHeader.version ? undefined : 'has a version that is not known here';
    }
    if (this.#byId === undefined) return `is no ${JSON.stringify(recordingHeader)}, with which a recording begins`;
    const flaw = flawOf(line);
    return flaw ?? this.#add(line as unknown as RecordedLine, this.#byId);
  }

  #add(line: RecordedLine, byId: Map<number, Exchange>): string | undefined {
    if (line.type === 'request') {
      if (byId.has(line.id)) return `makes request ${line.id}, which was made before`;
      const exchange = { method: line.method, url: line.url, events: [] };
      byId.set(line.id, exchange);
      this.exchanges.push(exchange);
      return undefined;
    }
    const events = byId.get(line.id)?.events;
    if (events === undefined) return `is about request ${line.id}, which no line before it makes`;
    const event = eventOf(line);
    if (!isInOrder(events.at(-1), event)) return `is out of place: a response is a head, then bytes, then an end`;
    events.push(event);
    return undefined;
  }
}

const notJson = (at: number): string =>
  at === 0 ? 'is no JSON object; is this the path of a file, and not its text?' : 'is no JSON object';

/**
 * Reads a recording. A last line that was cut is left out, as it is what a crash leaves.
 *
 * Throws `InvalidOptionError`, with the number of the line that makes no sense.
 */
export const readRecording = (recording: string | Iterable<string>): Recording => {
  const lines =
    typeof recording === 'string' ? recording.split('\n') : [...recording].map((line) => line.replace(/\n$/, ''));
  const reader = new RecordingReader();
  lines.forEach((text, at) => {
    if (text.trim() === '') return;
    const line = parse(text);
    if (line === undefined && at === lines.length - 1 && text.startsWith('{')) return;
    const flaw = isObject(line) ? reader.read(line) : notJson(at);
    if (flaw !== undefined) throw new InvalidOptionError('recording', `cannot be played: line ${at + 1} ${flaw}`);
  });
  return reader.exchanges;
};
