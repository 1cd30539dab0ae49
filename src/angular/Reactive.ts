/** A value, or where to read it: a signal, or a function that reads signals. */
export type Reactive<T> = T | (() => T);

/** The value now; read where signals are tracked, it is tracked. */
export const read = <T>(value: Reactive<T>): T => (typeof value === 'function' ? (value as () => T)() : value);
