/** An error as plain data: its `name` and `message`, its `cause`, and, where it is one of ours, its `_tag` and fields. */
export type ErrorJson = Readonly<Record<string, unknown>>;

const maxCauses = 4;

const fieldsOf = (error: Error): Readonly<Record<string, unknown>> => {
  // The answer so far is known where the error goes, too; a cause goes its own way.
  const { partial: _, ...fields } = error as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? errorToJson(value) : value]),
  );
};

/**
 * An error as plain data, for another thread or process; `errorFromJson` is the way back. Stacks stay where they are: they name
 * files that nobody there can open.
 */
export const errorToJson = (error: unknown, causes = 0): ErrorJson => {
  if (!(error instanceof Error)) return { thrown: JSON.parse(JSON.stringify(error ?? null)) as unknown };
  const { name, message, cause } = error;
  return {
    ...('_tag' in error && fieldsOf(error)),
    name,
    message,
    ...(cause !== undefined && causes < maxCauses && { cause: errorToJson(cause, causes + 1) }),
  };
};
