/** How an answer ended on its server: whole, or stopped by somebody. Other endings are errors. */
export type RelayEnding = { readonly state: 'complete' } | { readonly state: 'stopped'; readonly reason: string };
