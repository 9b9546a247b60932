/** `@grantkeeper/sdk/react-query`: options for TanStack Query, a set for each operation. */
export * from './generated/@tanstack/react-query.gen.ts';
export { firstGrantsPage, nextGrantsPage, type PageParam } from './paging.ts';
