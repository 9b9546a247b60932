import { startAddresses } from './addresses.ts';
import { startCopying } from './copy.ts';
import { startFeedback } from './feedback.ts';
import { mendReference } from './mend-reference.ts';
import { startSearch } from './search.ts';
import { startThemeSwitch } from './theme-switch.ts';

startThemeSwitch();
startSearch();
startAddresses();
startCopying();
startFeedback();
mendReference();

// Tabs scroll on a narrow page: the one that is open is where it is seen.
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
