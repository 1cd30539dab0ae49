/** What the provider of the playground has to say. */
export const story = [
  'I am a stand-in for a model: I need no key, and I always have time.',
  'Each of these words travels as a token of its own, and is on the screen with the next frame.',
  'Press **Stop** or Escape whenever you like; the server notices at once.',
].join(' ');

export const reasoning = [
  'The question asks me to think first, so let me see what there is to think about.',
  'Thoughts come before the answer and are shown while they come.',
  'Once the answer begins they fold away, and whoever wants to read them opens them again.',
].join('\n\n');

export const markdown = `# Streams, shown as they come

An answer arrives **token by token**, and each block of it is parsed *once*. What is settled is never touched again, so
[links](https://rxjs.dev), \`code\` and what you have selected stay where they are.

![Deltas on their way: start, text, usage, end](stream.svg)

## What happens on the way

1. The network cuts the bytes where it likes.
2. Frames, chunks and deltas put them together again:
   - a character of several bytes stays whole, even an emoji such as 🧵
   - a dropped connection is *not* a finished answer
3. The page draws once per frame.

> A promise, not a hope: what you see is the right answer, or an error that says why it is not.

\`\`\`ts
const answer$ = streamCompletion(openAiChat, { baseUrl, body }).pipe(bufferForUi());

answer$.subscribe(({ text }) => render(text));
\`\`\`

| stage  | what goes in | what comes out |
| ------ | ------------ | -------------- |
| frames | bytes        | events         |
| deltas | events       | pieces of text |
| screen | pieces       | pixels         |

- [x] Stop closes the connection
- [x] Retry shows a countdown
- [ ] Your own idea

That is all. Ask for something else, or press **Regenerate**.
`;

const sentences = [
  'A stream is a list that takes its time.',
  'Nobody waits for the end of it to read the beginning.',
  'What has been read is not read again.',
  'A frame passes sixty times a second, and takes with it whatever has come.',
  'Between two frames there is room for a great deal of text.',
];

/** A long text with headings, lists and code, as pieces of so many tokens. */
export const longText = (tokens: number, tokensPerPiece: number): readonly string[] => {
  const pieces: string[] = [];
  let waiting: string[] = [];
  for (let at = 0, section = 1; pieces.length * tokensPerPiece < tokens; at += 1, section += 1) {
    const paragraph = sentences.map((_, turn) => sentences[(at + turn) % sentences.length]).join(' ');
    const list = sentences.slice(0, 3).map((sentence) => `- ${sentence}`);
    const text = `## Part ${section}\n\n${paragraph}\n\n${list.join('\n')}\n\n\`\`\`ts\nconst part = ${section};\n\`\`\`\n\n`;
    for (const token of text.match(/\s*\S{1,4}|\s+/g) ?? []) {
      waiting.push(token);
      if (waiting.length < tokensPerPiece) continue;
      pieces.push(waiting.join(''));
      waiting = [];
      if (pieces.length * tokensPerPiece >= tokens) return pieces;
    }
  }
  return pieces;
};
