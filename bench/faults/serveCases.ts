import { fakeProvider, type ReceivedRequest } from '../../src/testing/fakeProvider.ts';
import { caseHeader, CaseServer, type FaultCase } from './FaultCase.ts';

/** A server on loopback that answers cases, and knows what is under way. */
export interface RunningCases {
  readonly origin: string;
  readonly add: (faultCase: FaultCase) => void;
  readonly isUnderWay: (faultCase: FaultCase) => boolean;
  readonly openSockets: () => number;
  /** How many requests there were. */
  readonly requests: () => number;
  /** Drops what it knows of cases and requests; to be called when none is under way. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

export const serveCases = async (): Promise<RunningCases> => {
  const server = new CaseServer();
  const provider = fakeProvider({ replies: server.reply });
  const { origin, openSockets, close } = await provider.listen();
  /** Which cases have an answer under way, read again when there are more requests or when it is asked for later. */
  let readAtMs = -Infinity;
  let underWay = new Set<string>();
  return {
    origin,
    openSockets,
    close,
    requests: () => provider.requests.length,
    add: (faultCase) => {
      server.add(faultCase);
    },
    forget: () => {
      server.clear();
      (provider.requests as ReceivedRequest[]).length = 0;
    },
    isUnderWay: ({ id }) => {
      if (performance.now() - readAtMs > 5) {
        readAtMs = performance.now();
        underWay = new Set(
          provider.requests
            .filter(({ endedBy }) => endedBy === undefined)
            .map(({ headers }) => headers[caseHeader] ?? ''),
        );
      }
      return underWay.has(id);
    },
  };
};
