import type { Context } from '@opentelemetry/api';

/**
 * A context that reads as another one, which may be exchanged. What a source does later (the request of a further step, say)
 * happens in the context it was subscribed to in; this is how it finds the span of that step there.
 */
export class LiveContext implements Context {
  current: Context;

  constructor(current: Context) {
    this.current = current;
  }

  getValue(key: symbol): unknown {
    return this.current.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.current.setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.current.deleteValue(key);
  }
}
