const maxChars = 10_000;

/** What a client is told that sent no question. */
export const noQuestion = (field = 'question') => ({
  error: { message: `"${field}" must be a text of 1 to ${maxChars} characters`, code: 'invalid_request_error' },
});

/** The question in what a client sent, if there is one. */
export const questionOf = (body: unknown, field = 'question'): string | undefined => {
  const question: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  return typeof question === 'string' && question.trim() !== '' && question.length <= maxChars ? question : undefined;
};

/** The same; throws the response for a body that holds none. */
export const questionIn = (body: unknown, field?: string): string => {
  const question = questionOf(body, field);
  if (question === undefined) throw Response.json(noQuestion(field), { status: 400 });
  return question;
};
