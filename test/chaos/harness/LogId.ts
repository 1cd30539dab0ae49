/** Whose all answers of a run are. */
export const scope = 'chaos';

/** By what the log of `resumable` knows an answer. */
export const logIdOf = (id: string): string => JSON.stringify([scope, id]);

export const answerIdOf = (logId: string): string => (JSON.parse(logId) as [string, string])[1];
