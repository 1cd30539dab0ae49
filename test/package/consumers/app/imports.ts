/**
 * Imports modules one after the other, and fails if one exports nothing or leaves anything behind: a global, a change to
 * what everybody shares, a timer, a listener, a request, something that is open.
 *
 * Its arguments are two JSON lists: what is imported before, so that it is not blamed on those, and what is looked at.
 */
import assert from 'node:assert/strict';

const [, , first = '[]', looked = '[]'] = process.argv;

const called: string[] = [];
const noteCalls = (name: string): void => {
  const globals = globalThis as unknown as Record<string, unknown>;
  const original = globals[name];
  if (typeof original !== 'function') return;
  globals[name] = function (this: unknown, ...args: unknown[]): unknown {
    called.push(name);
    return Reflect.apply(original, this, args);
  };
};

/** What everybody shares: intrinsics, what they make objects from, and what a library might be tempted to mend. */
const shared = (): [string, object][] => {
  const names = ['Object', 'Array', 'Function', 'String', 'Number', 'Promise', 'Error', 'Map', 'Set', 'Symbol', 'JSON'];
  const web = [
    'EventTarget',
    'AbortSignal',
    'Response',
    'Request',
    'Headers',
    'ReadableStream',
    'Uint8Array',
    'console',
  ];
  const globals = globalThis as unknown as Record<string, { prototype?: object } & object>;
  return [...names, ...web].flatMap((name): [string, object][] => {
    const value = globals[name];
    if (value === undefined) return [];
    return value.prototype === undefined
      ? [[name, value]]
      : [
          [name, value],
          [`${name}.prototype`, value.prototype],
        ];
  });
};

const describe = (object: object): string[] =>
  Reflect.ownKeys(object).map((key) => {
    const { value, get } = Reflect.getOwnPropertyDescriptor(object, key) ?? {};
    const held: unknown = value ?? get;
    if (typeof held === 'function' && !identities.has(held)) identities.set(held, identities.size);
    return `${String(key)} ${typeof held === 'function' ? `#${identities.get(held)}` : typeof held}`;
  });
const identities = new Map<unknown, number>();

const state = () => ({
  globals: Reflect.ownKeys(globalThis).map(String).sort(),
  shared: Object.fromEntries(shared().map(([name, object]) => [name, describe(object)])),
  listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
  // What a program waits for; a runtime that cannot tell is found out by whether it ends.
  open: (process.getActiveResourcesInfo as (() => string[]) | undefined)?.().filter(isKept),
  called: [...called],
});

/** Loading a module reads files, and output goes to a pipe. */
const isKept = (resource: string): boolean => !/^(FSReq|PipeWrap|TTYWrap|CloseReq|Immediate)/.test(resource);

const main = async (): Promise<void> => {
  for (const specifier of JSON.parse(first) as string[]) await import(specifier);
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'addEventListener']) {
    noteCalls(name);
  }
  // Some of what a runtime has comes to be when it is first looked at.
  for (const key of Object.getOwnPropertyNames(globalThis)) Reflect.get(globalThis, key);
  const specifiers = JSON.parse(looked) as string[];
  for (const specifier of specifiers) {
    const before = state();
    const namespace = (await import(specifier)) as object;
    assert.notEqual(Object.keys(namespace).length, 0, `${specifier} exports nothing`);
    assert.deepEqual(state(), before, `importing ${specifier} leaves something behind`);
  }
  console.log(`imported ${specifiers.length}, and nothing but them`);
};

main().catch((error: unknown) => {
  console.error(error);
  // What was left behind might keep it from ending by itself.
  process.exit(1);
});
