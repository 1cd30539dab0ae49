/** The bytes of all events cut into reads of one length; the last may be shorter. */
export const readsOf = (events: readonly Uint8Array[], readBytes: number): readonly Uint8Array[] => {
  const whole = Buffer.concat(events);
  return Array.from({ length: Math.ceil(whole.length / readBytes) }, (_, index) =>
    // Copied: reads off a network do not share one buffer.
    Uint8Array.from(whole.subarray(index * readBytes, (index + 1) * readBytes)),
  );
};
