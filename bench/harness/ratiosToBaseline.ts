import { median } from './median.ts';

/** Per client, its median against that of the baseline. */
export const ratiosToBaseline = (
  times: ReadonlyMap<string, readonly number[]>,
  baseline: string,
): ReadonlyMap<string, number> => {
  const baselineTimes = times.get(baseline);
  if (baselineTimes === undefined) throw new RangeError(`${baseline} was not measured`);
  const baselineMedian = median(baselineTimes);
  return new Map([...times].map(([client, values]) => [client, median(values) / baselineMedian]));
};
