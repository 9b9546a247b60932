/** `@grantkeeper/sdk/zod`: a Zod schema for everything that is sent or answered. */
export * from './generated/zod.gen.ts';
