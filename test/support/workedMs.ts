/**
 * A clock that goes only while this thread works, in milliseconds: what else a busy machine does takes none of it.
 * For what must not cost too much; what must not last too long needs `performance.now()`.
 */
export const workedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
