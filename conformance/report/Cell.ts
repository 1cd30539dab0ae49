import { catalogue, dialects } from '../catalogue/index.ts';
import type { ConformanceCase } from '../catalogue/ConformanceCase.ts';
import { clients } from '../clients/index.ts';
import type { ConformanceClient } from '../clients/ConformanceClient.ts';
import type { FaultCase } from '../faults/FaultCase.ts';
import type { TrialResult } from '../faults/runTrials.ts';
import type { Word } from './words.ts';

/** A case for a client. */
export interface Cell {
  readonly conformanceCase: ConformanceCase;
  readonly client: ConformanceClient;
  readonly trials: readonly FaultCase[];
}

/** What became of it. */
export interface FilledCell extends Cell {
  /** The worst of its trials. */
  readonly word: Word | 'not offered';
  /** How many of its trials came to that. */
  readonly count: number;
  readonly isGood: boolean;
  readonly results: readonly TrialResult[];
}

/** Which cells are wanted; nothing said means all. */
export interface Choice {
  /** Ids of cases, with or without a dialect before them: `openai-chat/end-in-text`. */
  readonly cases?: readonly string[] | undefined;
  readonly clients?: readonly string[] | undefined;
}

export const caseName = ({ conformanceCase, client }: Cell): string => `${client.dialect}/${conformanceCase.id}`;

/** What `--case` and `--client` take to run a cell again. */
export const cellName = (cell: Cell): string => `${caseName(cell)} ${cell.client.id}`;

/** The cells that are wanted, in the order of the document. */
export const cellsOf = ({ cases, clients: clientIds }: Choice = {}): readonly Cell[] =>
  dialects.flatMap((dialect) =>
    catalogue
      .flatMap((group) => group.cases)
      .filter(({ id }) => !cases || cases.includes(id) || cases.includes(`${dialect.name}/${id}`))
      .flatMap((conformanceCase) => {
        const columns = clients.filter(
          (client) => client.dialect === dialect.name && (!clientIds || clientIds.includes(client.id)),
        );
        if (columns.length === 0) return [];
        const trials = conformanceCase.trials(dialect);
        if (trials.length === 0) return [];
        return columns.map((client) => ({
          conformanceCase,
          client,
          trials: trials.map((trial, at) => ({
            ...trial,
            id: `${dialect.name}/${conformanceCase.id}/${client.id}/${at}`,
          })),
        }));
      }),
  );
