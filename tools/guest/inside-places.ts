/** Where the guest sees this checkout (read-only), and where it leaves what it has found. */
export const CHECKOUT = '/checkout';
export const REPORTS = '/reports';

/** In `REPORTS`: the test files to run, the counts of the tests, what kind of machine the guest is. */
export const WANTED_FILE = 'wanted.json';
export const COUNTS_FILE = 'counts.json';
export const MACHINE_FILE = 'machine.json';

/** The service of the guest that runs the tests. */
export const UNIT = 'pilvi-tests.service';
