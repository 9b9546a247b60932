import { startCopying } from './copy.ts';
import { startFeedback } from './feedback.ts';
import { startKeepingPlace } from './keep-place.ts';
import { startAddresses } from './mcp.ts';
import { startSearch } from './search.ts';
import { startThemeSwitch } from './theme-switch.ts';

startThemeSwitch();
startSearch();
startAddresses();
startCopying();
startFeedback();
startKeepingPlace();
