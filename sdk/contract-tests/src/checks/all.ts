import type { DocumentName } from '../documents.ts';
import { AUDIT_CHECKS } from './audit.ts';
import { AUDIT_COUNT_CHECK } from './audit-counts.ts';
import { AUDIT_READER_CHECKS } from './audit-readers.ts';
import { BULK_CHECKS } from './bulk-revocation.ts';
import type { Check } from './check.ts';
import { FILTERS_TOGETHER_CHECKS } from './filters-together.ts';
import { GRANT_CURSOR_CHECKS } from './grant-cursors.ts';
import { GRANT_FIELD_CHECKS } from './grant-fields.ts';
import { GRANT_FILTER_CHECK } from './grant-filters.ts';
import { GRANT_ORDER_CHECKS } from './grant-order.ts';
import { IDEMPOTENCY_CHECKS } from './idempotency.ts';
import { MATCHING_REVOCATION_CHECKS } from './matching-revocation.ts';
import { methodChecks } from './methods.ts';
import { OAUTH_GRANTS_CHECKS } from './oauth-grants.ts';
import { OTHER_DOCUMENTS_CHECKS } from './other-documents.ts';
import { OWN_GRANT_CHECKS } from './own-grants.ts';
import { OWN_REVOCATION_CHECKS } from './own-revocation.ts';
import { PREVIEW_OWNER_CHECKS } from './preview-owners.ts';
import { PREVIEW_CHECKS } from './previews.ts';
import { REFUSAL_ORDER_CHECKS } from './refusal-order.ts';
import { refusalChecks } from './refusals.ts';
import { SCOPE_ASSIGNMENT_CHECKS } from './scope-assignment.ts';
import { SCOPE_LIST_CHECKS } from './scope-lists.ts';
import { SCOPE_NAMES_CHECK } from './scope-names.ts';
import { SCOPE_PAGE_CHECKS } from './scope-pages.ts';
import { SEARCH_CHECK } from './search.ts';
import { SEARCH_WORDS_CHECKS } from './search-words.ts';
import { SELECTED_REVOCATION_CHECKS } from './selected-revocation.ts';
import { SUSPENSION_CHECKS } from './suspension.ts';
import { SUSPENSION_RANK_CHECKS } from './suspension-ranks.ts';
import { tokenChecks } from './tokens.ts';
import { VISIBILITY_CHECKS } from './visibility.ts';

/** The checks that come first, in their order. Those of them that write wait for the workflows. */
export function firstChecks(documents: DocumentName[]): Check[] {
  return [
    ...OAUTH_GRANTS_CHECKS,
    GRANT_FILTER_CHECK,
    ...FILTERS_TOGETHER_CHECKS,
    ...GRANT_ORDER_CHECKS,
    ...GRANT_CURSOR_CHECKS,
    ...GRANT_FIELD_CHECKS,
    SEARCH_CHECK,
    ...SEARCH_WORDS_CHECKS,
    ...VISIBILITY_CHECKS,
    ...OTHER_DOCUMENTS_CHECKS,
    ...OWN_GRANT_CHECKS,
    ...SCOPE_PAGE_CHECKS,
    SCOPE_NAMES_CHECK,
    ...SCOPE_ASSIGNMENT_CHECKS,
    ...REFUSAL_ORDER_CHECKS,
    ...refusalChecks(documents),
    ...methodChecks(documents),
    ...tokenChecks(documents),
  ];
}

/** The checks that come after the workflows, in their order. */
export const LATER_CHECKS: Check[] = [
  ...SUSPENSION_CHECKS,
  ...SUSPENSION_RANK_CHECKS,
  ...IDEMPOTENCY_CHECKS,
  ...OWN_REVOCATION_CHECKS,
  ...PREVIEW_CHECKS,
  ...PREVIEW_OWNER_CHECKS,
  ...BULK_CHECKS,
  AUDIT_COUNT_CHECK,
  ...SELECTED_REVOCATION_CHECKS,
  // These revoke the most, and so come after those that want grants of the person.
  ...MATCHING_REVOCATION_CHECKS,
  ...SCOPE_LIST_CHECKS,
  // The others have made events by now.
  ...AUDIT_CHECKS,
  ...AUDIT_READER_CHECKS,
];
