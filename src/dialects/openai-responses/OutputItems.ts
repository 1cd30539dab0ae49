import type { Delta } from '../../deltas/Delta.ts';
import type { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { CallItem } from './CallItem.ts';
import type { ResponseItem, ResponseStreamEvent } from './codec.ts';
import { MessageItem } from './MessageItem.ts';
import { type OpenItem, unannounced } from './OpenItem.ts';
import { PlainItem } from './PlainItem.ts';
import { ReasoningItem } from './ReasoningItem.ts';
import { callOf, isUndecided } from './toolItems.ts';
import { UndecidedItem } from './UndecidedItem.ts';

/** An output item, and how it is told from others. */
interface Entry {
  readonly type: string;
  readonly item: OpenItem;
  /** Whether it has a name; an item without one may turn out to be one that is announced late. */
  isNamed: boolean;
  /** What was last said of it as a whole. */
  last: ResponseItem;
  isDone: boolean;
}

const eventsOf = (type: string, events: string, endings: readonly string[] = ['delta', 'done']) =>
  endings.map((ending) => [`response.${events}.${ending}`, type] as const);

/** The type of the items that an event is about, where the event tells. */
const itemTypes = /* @__PURE__ */ (() =>
  new Map<string, string>([
    ...eventsOf('message', 'output_text', ['delta', 'done', 'annotation.added']),
    ...eventsOf('message', 'refusal'),
    ...eventsOf('message', 'content_part', ['added', 'done']),
    ...eventsOf('reasoning', 'reasoning_text'),
    ...eventsOf('reasoning', 'reasoning_summary_text'),
    ...eventsOf('reasoning', 'reasoning_summary_part', ['added', 'done']),
    ...eventsOf('function_call', 'function_call_arguments'),
    ...eventsOf('custom_tool_call', 'custom_tool_call_input'),
    ...eventsOf('mcp_call', 'mcp_call_arguments'),
    ...eventsOf('code_interpreter_call', 'code_interpreter_call_code'),
  ]))();

const typeFor = (event: ResponseStreamEvent): string | undefined => {
  if (event.type !== 'response.content_part.added' && event.type !== 'response.content_part.done') {
    return itemTypes.get(event.type);
  }
  return event.part?.type === 'reasoning_text' ? 'reasoning' : event.part ? 'message' : undefined;
};

/** Where an event says that it belongs. */
interface Place {
  readonly index: number | undefined;
  readonly ids: readonly string[];
}

const placeOf = (event: object, ids: readonly unknown[]): Place => {
  const { output_index: index } = event as { readonly output_index?: unknown };
  const filled = ids.flatMap((id) => filledText(id) ?? []);
  return { index: typeof index === 'number' ? index : undefined, ids: filled };
};

const placeOfEvent = (event: object): Place => placeOf(event, [(event as { readonly item_id?: unknown }).item_id]);

/** Some servers name a call by the id that its result refers to. */
const idsOf = (item: ResponseItem): readonly unknown[] => {
  const isOfClient = item.type === 'function_call' || item.type === 'custom_tool_call';
  return [(item as { readonly id?: unknown }).id, isOfClient ? item.call_id : undefined];
};

/**
 * The output items of one response. Events name an item by index, by id or by neither; ids may change from event to
 * event where a proxy seals them; items may come unannounced, or only with the whole response at the end.
 */
export class OutputItems {
  readonly #parts: PartWriter;
  readonly #all: Entry[] = [];
  readonly #byIndex = new Map<number, Entry>();
  readonly #byId = new Map<string, Entry>();
  /** Those of each type in order of appearance; the last is one that has not ended, as far as there is one. */
  readonly #byType = new Map<string, Entry[]>();

  constructor(parts: PartWriter) {
    this.#parts = parts;
  }

  get hasClientCall(): boolean {
    return this.#all.some(({ item }) => item instanceof CallItem && item.executedBy === 'client');
  }

  get hasText(): boolean {
    return this.#all.some(({ item }) => item instanceof MessageItem && item.hasText);
  }

  get hasRefusal(): boolean {
    return this.#all.some(({ item }) => item instanceof MessageItem && item.hasRefusal);
  }

  /** Whether an event says something of an item. */
  concerns(event: ResponseStreamEvent): boolean {
    if (event.type === 'response.output_item.added' || event.type === 'response.output_item.done') {
      return event.item !== null && event.item !== undefined;
    }
    return typeFor(event) !== undefined;
  }

  partOf(event: object): number | undefined {
    return this.#find(placeOfEvent(event))?.item.part;
  }

  /** Takes an event; says whether any item had use for it. */
  read(event: ResponseStreamEvent, out: Delta[]): boolean {
    if (event.type === 'response.output_item.added' || event.type === 'response.output_item.done') {
      if (!event.item) return false;
      const entry = this.#announced(event.item, placeOf(event, idsOf(event.item)), out);
      if (event.type === 'response.output_item.done') this.#end(entry, event.item, out);
      return true;
    }
    const type = typeFor(event) as string;
    const place = placeOfEvent(event);
    const isNowhere = place.index === undefined && place.ids.length === 0;
    const known = this.#find(place) ?? (isNowhere ? this.#lastOf(type) : undefined);
    const entry = known?.type === type ? known : this.#open(unannounced(type), place, out);
    // What comes behind the end of an item is shown all the same, rather than lost.
    return entry.item.read(event, out);
  }

  /** Fills in what a whole response says. */
  complete(output: readonly ResponseItem[], out: Delta[]): void {
    output.forEach((item, index) => {
      const place = placeOf({}, idsOf(item));
      const candidates = [this.#find(place), this.#byIndex.get(index), this.#all[index]];
      const known = candidates.find((entry) => entry?.type === item.type);
      this.#end(known ?? this.#open(item, { ...place, index }, out), item, out);
    });
  }

  /** Ends what the server never ended. */
  endAll(out: Delta[]): void {
    for (const entry of this.#all) this.#end(entry, entry.last, out);
  }

  #find({ index, ids }: Place): Entry | undefined {
    if (index !== undefined) return this.#byIndex.get(index);
    return ids.map((id) => this.#byId.get(id)).find((entry) => entry !== undefined);
  }

  #lastOf(type: string): Entry | undefined {
    const entries = this.#byType.get(type);
    // What has ended is looked at once, however many items there are.
    while (entries?.at(-1)?.isDone === true) entries.pop();
    return entries?.at(-1);
  }

  /** The entry of an item that an event brings; a place that comes again with another item holds another entry. */
  #announced(item: ResponseItem, place: Place, out: Delta[]): Entry {
    const known = this.#find(place) ?? (place.index === undefined ? this.#nameless(item.type) : undefined);
    if (known?.type !== item.type || known.isDone) return this.#open(item, place, out);
    known.last = item;
    this.#name(known, place.ids);
    known.item.announce?.(item, out);
    return known;
  }

  #nameless(type: string): Entry | undefined {
    const last = this.#lastOf(type);
    return last?.isNamed === false ? last : undefined;
  }

  #name(entry: Entry, ids: readonly string[]): void {
    entry.isNamed ||= ids.length > 0;
    for (const id of ids) this.#byId.set(id, entry);
  }

  #open(item: ResponseItem, { index, ids }: Place, out: Delta[]): Entry {
    const entry: Entry = { type: item.type, item: this.#begin(item, out), isNamed: false, last: item, isDone: false };
    this.#all.push(entry);
    const ofType = this.#byType.get(item.type) ?? [];
    ofType.push(entry);
    this.#byType.set(item.type, ofType);
    if (index !== undefined) this.#byIndex.set(index, entry);
    this.#name(entry, ids);
    return entry;
  }

  #begin(item: ResponseItem, out: Delta[]): OpenItem {
    if (item.type === 'message') return new MessageItem(this.#parts);
    if (item.type === 'reasoning') return new ReasoningItem(this.#parts, item, out);
    if (isUndecided(item.type)) return new UndecidedItem(this.#parts);
    const call = callOf(item);
    return call ? new CallItem(this.#parts, item, call, out) : new PlainItem(this.#parts, item, out);
  }

  #end(entry: Entry, item: ResponseItem, out: Delta[]): void {
    if (entry.isDone) return;
    entry.isDone = true;
    entry.item.end(item, out);
  }
}
