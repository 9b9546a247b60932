import type { Resource, ResourceScopeGroup } from '../generated/types.gen.ts';
import type { Handlers } from './call.ts';

const DEFAULT_PAGE_SIZE = 20;

/** The lists of the scopes that there are to assign. */
export const assignableHandlers: Handlers<'listOrganizationScopes' | 'listResources'> = {
  listOrganizationScopes({ query, state }) {
    const all = sortedById(state.data.scopes.organizationScopes);
    return { status: 200, headers: headersOf(query, all.length), body: pageOf(query, all) };
  },

  listResources({ query, state }) {
    const { resourceScopes, organizationResourceScopes } = state.data.scopes;
    const all = sortedById(resourcesOf([...resourceScopes, ...organizationResourceScopes]));
    const page = pageOf(query, all);
    const body = query.includeScopes ? page : page.map(({ scopes: _, ...resource }) => resource);
    return { status: 200, headers: headersOf(query, all.length), body };
  },
};

/** Each resource once, with its scopes of all groups, sorted by name and then by id. */
function resourcesOf(groups: ResourceScopeGroup[]): Resource[] {
  const resources = new Map(groups.map(({ resource }) => [resource.id, resource]));
  return [...resources.values()].map((resource) => {
    const own = groups.filter((group) => group.resource.id === resource.id).flatMap(({ scopes }) => scopes);
    const scopes = [...new Map(own.map((scope) => [scope.id, scope])).values()];
    scopes.sort((one, other) => compare(one.name, other.name) || compare(one.id, other.id));
    return { ...resource, scopes: scopes.map((scope) => ({ ...scope, resourceId: resource.id })) };
  });
}

function sortedById<Item extends { id: string }>(items: Item[]): Item[] {
  return [...items].sort((one, other) => compare(one.id, other.id));
}

interface PageQuery {
  page?: number | undefined;
  page_size?: number | undefined;
}

/** All of a list, or the page that is asked for. */
function pageOf<Item>({ page, page_size }: PageQuery, all: Item[]): Item[] {
  if (page === undefined && page_size === undefined) return all;
  const size = page_size ?? DEFAULT_PAGE_SIZE;
  const first = ((page ?? 1) - 1) * size;
  return all.slice(first, first + size);
}

/** The headers of a page of so many; none where the whole list is asked for. */
function headersOf(query: PageQuery, total: number): Record<string, string> {
  if (query.page === undefined && query.page_size === undefined) return {};
  const { page = 1, page_size = DEFAULT_PAGE_SIZE } = query;
  const last = Math.max(1, Math.ceil(total / page_size));
  const pages = {
    first: 1,
    last,
    ...(page > 1 && { prev: page - 1 }),
    ...(page < last && { next: page + 1 }),
  };
  const links = Object.entries(pages).map(([rel, number]) => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, page: number, page_size })) {
      parameters.set(name, `${value}`);
    }
    return `<?${parameters}>; rel="${rel}"`;
  });
  return { 'Total-Number': `${total}`, Link: links.join(', ') };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
