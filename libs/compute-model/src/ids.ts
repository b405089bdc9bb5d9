declare const brand: unique symbol;

/** Of what EC2 numbers: a prefix and 17 hexadecimal digits. */
export type ResourceId<Prefix extends string = string> = `${Prefix}-${string}` & { readonly [brand]?: 'resource id' };

const DIGIT_BYTES = 9;

/** A fresh id; `hex` gives random bytes as hexadecimal digits. */
export function newId<Prefix extends string>(prefix: Prefix, random: { hex(bytes: number): string }): ResourceId<Prefix> {
  return `${prefix}-${random.hex(DIGIT_BYTES).slice(1)}` as ResourceId<Prefix>;
}

/** Whether the text has the form of such an id: 8 digits, as before 2016, or 17. */
export function isId<Prefix extends string>(prefix: Prefix, text: string): text is ResourceId<Prefix> {
  return text.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(text.slice(prefix.length + 1));
}
