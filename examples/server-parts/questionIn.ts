/** The question in what a client sent; throws the response for a body that holds none. */
export const questionIn = (body: unknown, field = 'question'): string => {
  const question: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  if (typeof question === 'string' && question.trim() !== '' && question.length <= 10_000) return question;
  const message = `"${field}" must be a text of 1 to 10,000 characters`;
  throw Response.json({ error: { message, code: 'invalid_request_error' } }, { status: 400 });
};
