/** An event as the HTML standard dispatches it. */
export interface DispatchedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

export interface EventStream {
  readonly events: readonly DispatchedEvent[];
  readonly comments: readonly string[];
  readonly retryMs: number | undefined;
  /** Lines that are none of the standard's fields. */
  readonly strays: readonly string[];
}

/** An event stream by the letter of the HTML standard (9.2.6 "Interpreting an event stream"), from a text that is there as a whole. */
export const eventStream = (text: string): EventStream => {
  const events: DispatchedEvent[] = [];
  const comments: string[] = [];
  const strays: string[] = [];
  let retryMs: number | undefined;
  let data = '';
  let type = '';
  let lastEventId = '';
  const dispatch = (): void => {
    if (data !== '') events.push({ type: type === '' ? 'message' : type, data: data.slice(0, -1), lastEventId });
    data = '';
    type = '';
  };
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  // What follows the last line end is no line.
  for (const line of lines.slice(0, -1)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (line === '') dispatch();
    else if (colon === 0) comments.push(value);
    else if (name === 'data') data += `${value}\n`;
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) lastEventId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    else strays.push(line);
  }
  return { events, comments, retryMs, strays };
};
