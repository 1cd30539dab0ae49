/** What the provider says. */
export const answerText =
  'Rivers begin small. A spring in the hills gives a few drops, e.g. after rain, and they find each other on the way down. ' +
  'Dr. Moss measured 3.5 cubic metres a second at the old bridge. Nobody waits for the whole river: ' +
  'whoever stands on the bank sees what comes by, and that is enough.';
