import { startAddresses } from './addresses.ts';
import { startCopying } from './copy.ts';
import { startFeedback } from './feedback.ts';
import { startMenu } from './menu.ts';
import { startSamples } from './samples.ts';
import { startSearch } from './search.ts';
import { startThemeSwitch } from './theme-switch.ts';

startThemeSwitch();
startMenu();
startSamples();
startSearch();
startAddresses();
startCopying();
startFeedback();
