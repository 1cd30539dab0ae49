import type { InitialMessage } from 'rxllm/angular';

/** A request whose answer is on its way: by its key the server gives the same answer again. */
export interface Asked {
  readonly key: string;
  /** The request's body, so that the key is not used for another. */
  readonly question: string;
}

/** What a reload of this tab must not lose. */
export interface Visit {
  readonly messages: readonly InitialMessage[];
  /** Those of the answer under way: one, and one more for each round of tools. */
  readonly asked: readonly Asked[];
}

const place = 'rxllm-chat-visit';

/** What an earlier page in this tab left behind. */
export function earlierVisit(): Visit {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? '') as Visit;
  } catch {
    return { messages: [], asked: [] };
  }
}

export function keepVisit(visit: Visit): void {
  try {
    sessionStorage.setItem(place, JSON.stringify(visit));
  } catch {
    // Full, or forbidden: then a reload begins anew.
  }
}
