import type { UserConfig } from '@hey-api/openapi-ts';
import type { Contract } from './merge-contracts.ts';

type Plugin = Exclude<NonNullable<UserConfig['plugins']>, string>[number];

interface Schema {
  title?: string;
  not?: { properties?: Record<string, unknown> };
}

/**
 * The generator's Zod plugin, with the rules that it leaves out: no other properties, and at least one of some. A body
 * that passes must not lose what it says, as `dry_run`, nor mean more than was written.
 */
export function zodOf(contract: Contract): Plugin {
  const needed = neededOf(contract);
  return {
    name: 'zod',
    dates: { offset: true },
    '~resolvers': {
      object(context) {
        const { $, nodes, schema, symbols } = context;
        const { additionalProperties: others } = schema;
        if (others !== false && others?.type !== 'never') return undefined;
        const strict = $(symbols.z).attr('strictObject').call(nodes.shape(context));
        const names = needed.get(schema.title ?? '');
        if (!names) return strict;
        const values = $.array(...names.map((name) => $('sent').attr(name)));
        const isThere = $.func()
          .param('value')
          .do($.return($('value').neq($.id('undefined'))));
        const isEnough = $.func()
          .param('sent')
          .do($.return(values.attr('some').call(isThere)));
        return strict.attr('refine').call(isEnough, $.literal(`Needs at least one of ${names.join(', ')}`));
      },
    },
  };
}

/** The properties of which a schema needs at least one, by its title: those that `not` rules out together. */
function neededOf({ components }: Contract): Map<string, string[]> {
  const schemas = Object.values((components.schemas ?? {}) as Record<string, Schema>);
  return new Map(
    schemas.flatMap(({ title, not }) =>
      title && not?.properties ? [[title, Object.keys(not.properties)] as const] : [],
    ),
  );
}
